/** Adds the routes of an image model to a service: the picture alone, and /predict with tabular fields, picture or both. */

import type { Context } from 'hono';
import * as z from 'zod';
import type { BoxApp } from '../http/box-app.ts';
import { HttpProblem } from '../http/problem.ts';
import { fusedAnswer } from './image-answer.ts';
import { createImageService, type ImageResult, type ImageServiceOptions } from './image-service.ts';
import { type PredictBody, readPredictBody } from './predict-body.ts';
import { createTimings, type Timings } from './timings.ts';
import { createWaitingRoom } from './waiting-room.ts';

/** Their bodies wait in the network, unread; more would time out before their turn. */
const WAITING_PLACES = 16;
const EXPLAIN_VALUES: readonly string[] = ['true', 'false'];

export interface ImageRoutesOptions extends ImageServiceOptions {
  /** Of the picture's own route: /retina, /ecg. */
  readonly path: string;
}

const tabularAnswerSchema = z.looseObject({ probability: z.number().min(0).max(1) });

/** @param app answers tabular predictions at /tabular. */
export function addImageRoutes(app: BoxApp, { path, ...options }: ImageRoutesOptions): void {
  const service = createImageService(options);
  const room = createWaitingRoom(WAITING_PLACES);

  async function predictImage(image: Uint8Array, explain: boolean, timings: Timings): Promise<ImageResult> {
    service.checkServed();
    return await service.predict(image, explain, timings);
  }

  app.post(path, (c) => {
    service.checkServed();
    const explain = wantsExplanation(c);
    return room.enter(async () => {
      const timings = createTimings();
      const body = await readPredictBody(c.req.raw);
      return await freed(body, async () => {
        if (body.image === undefined) throw imageMissing();
        if (body.tabular !== undefined) throw fieldsUnknown(Object.keys(body.tabular));
        const result = await predictImage(body.image, explain, timings);
        c.header('server-timing', timings.text());
        return explain && wantsPng(c) ? pngResponse(c, result) : c.json(imageJson(result));
      });
    });
  });

  app.post('/predict', (c) => {
    const explain = wantsExplanation(c);
    return room.enter(async () => {
      const timings = createTimings();
      const body = await readPredictBody(c.req.raw);
      return await freed(body, async () => {
        const { image, tabular } = body;
        if (image === undefined && tabular === undefined) throw nothingSent();
        const query = explain ? '?explain=true' : '';
        // Its own route checks and answers it, so that both paths say the same.
        const answered = tabular === undefined ? undefined : await postJson(app, `/tabular${query}`, tabular);
        if (answered?.ok === false) return answered;
        const tabularJson =
          answered === undefined ? undefined : tabularAnswerSchema.parse(await answered.json());
        const result = image === undefined ? undefined : await predictImage(image, explain, timings);
        c.header('server-timing', timings.text());
        return c.json({
          ...(tabularJson === undefined ? {} : { tabular: tabularJson }),
          ...(result === undefined ? {} : { image: imageJson(result) }),
          ...(tabularJson === undefined || result === undefined
            ? {}
            : { fused: fusedAnswer(service.card, tabularJson.probability, result.answer.probability) }),
        });
      });
    });
  });

  for (const route of [path, '/predict']) {
    app.all(route, () => {
      throw new HttpProblem(405, 'method-not-allowed', 'Method not allowed', {
        detail: 'send a POST',
        headers: { allow: 'POST' },
      });
    });
  }
}

async function freed<T>(body: PredictBody, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    body.free();
  }
}

async function postJson(app: BoxApp, path: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return await app.request(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

function imageJson({ answer, explanation }: ImageResult) {
  if (explanation === undefined) return answer;
  const { cells, png } = explanation;
  return {
    ...answer,
    explanation: {
      kind: 'occlusion',
      cells,
      overlay: { type: 'image/png', base64: Buffer.from(png).toString('base64') },
    },
  };
}

function pngResponse(c: Context, { answer, explanation }: ImageResult): Response {
  const { model } = answer;
  return c.body(Uint8Array.from(explanation?.png ?? []), 200, {
    'content-type': 'image/png',
    'pillbox-model': `${model.name}/${model.version}; sha256=${model.sha256}; demo=${model.demo}`,
  });
}

function wantsPng(c: Context): boolean {
  return /(^|,)\s*image\/png\b/.test(c.req.header('accept') ?? '');
}

function wantsExplanation(c: Context): boolean {
  const value = c.req.query('explain') ?? 'false';
  if (EXPLAIN_VALUES.includes(value)) return value === 'true';
  throw new HttpProblem(400, 'query-invalid', 'Invalid query', { detail: 'explain must be true or false' });
}

function imageMissing(): HttpProblem {
  return new HttpProblem(422, 'input-invalid', 'Invalid input', {
    detail: 'there is no picture in the body',
    errors: [{ path: 'image', message: 'is required: a JPEG, PNG, WebP or TIFF' }],
  });
}

function fieldsUnknown(names: readonly string[]): HttpProblem {
  return new HttpProblem(422, 'input-invalid', 'Invalid input', {
    detail: 'this path takes a picture alone; /predict takes tabular fields as well',
    errors: names
      .slice(0, 16)
      .map((name) => ({ path: name.slice(0, 64), message: 'is not an input of this model' })),
  });
}

function nothingSent(): HttpProblem {
  return new HttpProblem(422, 'input-invalid', 'Invalid input', {
    detail: 'send tabular fields, a picture as image, or both',
  });
}
