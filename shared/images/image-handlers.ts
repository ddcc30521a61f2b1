/** Answers the requests that hold a picture: the picture alone, and /predict with tabular fields, picture or both. */

import type { Context } from 'hono';
import * as z from 'zod';
import { ADMITTED, type Admits } from '../http/admission.ts';
import type { BoxApp } from '../http/box-app.ts';
import type { ImageCard } from '../models/image-card.ts';
import type { VersionChoice } from '../models/version-choice.ts';
import { fusedAnswer } from './image-answer.ts';
import {
  fieldsUnknown,
  imageJson,
  imageMissing,
  nothingSent,
  pngResponse,
  wantsExplanation,
  wantsPng,
} from './image-replies.ts';
import type { ImageHandlers } from './image-routes.ts';
import { createImageService, type ImageResult, type ImageServiceOptions } from './image-service.ts';
import { createImageTurns } from './image-turns.ts';

export interface ImageHandlersOptions extends ImageServiceOptions {
  /** The versions that there are now; asked for at each request. */
  readonly versions: () => Promise<VersionChoice<ImageCard>>;
  /** Answers tabular predictions at /tabular. */
  readonly app: BoxApp;
  /** Absent = one after the other is all that bounds them. */
  readonly budget?: Admits | undefined;
  /** True = all that come are worked on at once, to show what happens then. */
  readonly unbounded?: boolean;
  /** What bodies may take together that are read or wait for their turn. */
  readonly bodiesBytes?: number | undefined;
}

const tabularAnswerSchema = z.looseObject({ probability: z.number().min(0).max(1) });

export function createImageHandlers({
  versions,
  app,
  budget,
  unbounded = false,
  bodiesBytes,
  ...options
}: ImageHandlersOptions): ImageHandlers {
  const service = createImageService(options);
  const turns = createImageTurns({ budget, unbounded, bodiesBytes });

  async function chosenCard(c: Context): Promise<ImageCard> {
    return (await versions()).choose(
      c.req.query('version'),
      c.req.header('pillbox-caller') ?? c.get('requestId'),
    );
  }

  async function picture(c: Context): Promise<Response> {
    const card = await chosenCard(c);
    service.checkServed(card);
    const explain = wantsExplanation(c);
    return await turns.take(c.req.raw, 'picture', async ({ body: { image, tabular }, ...turn }) => {
      if (image === undefined) throw imageMissing();
      if (tabular !== undefined) throw fieldsUnknown(Object.keys(tabular));
      const result = await service.predict(card, { bytes: image, explain, ...turn });
      c.header('server-timing', turn.timings.text());
      return explain && wantsPng(c) ? pngResponse(c, result) : c.json(imageJson(result));
    });
  }

  async function predict(c: Context): Promise<Response> {
    const card = await chosenCard(c);
    const explain = wantsExplanation(c);
    return await turns.take(c.req.raw, '/predict', async ({ body: { image, tabular }, ...turn }) => {
      if (image === undefined && tabular === undefined) throw nothingSent();
      // Its own route checks and answers it, so that both paths say the same.
      const answered = tabular === undefined ? undefined : await askTabular(app, c, tabular);
      if (answered?.ok === false) return answered;
      const row = answered === undefined ? undefined : tabularAnswerSchema.parse(await answered.json());
      if (image !== undefined) service.checkServed(card);
      const result =
        image === undefined ? undefined : await service.predict(card, { bytes: image, explain, ...turn });
      c.header('server-timing', turn.timings.text());
      return c.json(predictJson(card, row, result));
    });
  }

  return { picture, predict, shed: () => service.shed() };
}

function predictJson(
  card: ImageCard,
  tabular: z.infer<typeof tabularAnswerSchema> | undefined,
  result: ImageResult | undefined,
) {
  return {
    ...(tabular === undefined ? {} : { tabular }),
    ...(result === undefined ? {} : { image: imageJson(result) }),
    ...(tabular === undefined || result === undefined
      ? {}
      : { fused: fusedAnswer(card, tabular.probability, result.answer.probability) }),
  };
}

/** With the caller's name and the request's, so that the same canary answers as would at /tabular. */
async function askTabular(app: BoxApp, c: Context, body: unknown): Promise<Response> {
  const query = new URLSearchParams();
  const version = c.req.query('tabular_version');
  if (version !== undefined) query.set('version', version);
  if (c.req.query('explain') === 'true') query.set('explain', 'true');
  const caller = c.req.header('pillbox-caller');
  const headers = {
    'content-type': 'application/json',
    'x-request-id': c.get('requestId'),
    ...(caller === undefined ? {} : { 'pillbox-caller': caller }),
  };
  const request = { method: 'POST', headers, body: JSON.stringify(body) };
  return await app.request(`/tabular?${query}`, request, ADMITTED);
}
