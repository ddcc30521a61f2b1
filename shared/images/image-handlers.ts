/** Answers the requests that hold a picture: the picture alone, and /predict with tabular fields, picture or both. */

import type { Context } from 'hono';
import * as z from 'zod';
import { ADMITTED, type Admits, type RequestCost, requestCostBytes } from '../http/admission.ts';
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
import {
  createImageService,
  type ImageRequest,
  type ImageResult,
  type ImageServiceOptions,
} from './image-service.ts';
import { JSON_LIMIT_BYTES, type PredictBody, readPredictBody } from './predict-body.ts';
import { UPLOAD_LIMIT_BYTES } from './read-upload.ts';
import { createTimings } from './timings.ts';
import { createWaitingRoom, type WaitingRoom } from './waiting-room.ts';

/** Their bodies wait in the network, unread; more would time out before their turn. */
const WAITING_PLACES = 16;
const BODY_COST: RequestCost = { fixedBytes: 1024 * 1024, timesBody: 1, maxBodyBytes: UPLOAD_LIMIT_BYTES };
/** In JSON a picture is in memory three times over, as text, as base64 and as bytes. */
const JSON_COST: RequestCost = { ...BODY_COST, timesBody: 3, maxBodyBytes: JSON_LIMIT_BYTES };
/** Coming in, reading a body and decoding it may each wait so long. */
const DEADLINE_MS = 10_000;

export interface ImageHandlersOptions extends ImageServiceOptions {
  /** The versions that there are now; asked for at each request. */
  readonly versions: () => Promise<VersionChoice<ImageCard>>;
  /** Answers tabular predictions at /tabular. */
  readonly app: BoxApp;
  /** Absent = one after the other is all that bounds them. */
  readonly budget?: Admits | undefined;
  /** True = all that come are worked on at once, to show what happens then. */
  readonly unbounded?: boolean;
}

interface Turn extends Pick<ImageRequest, 'admit' | 'signal' | 'timings'> {
  readonly body: PredictBody;
}

const OPEN_DOOR: WaitingRoom = { enter: (work) => work() };

const tabularAnswerSchema = z.looseObject({ probability: z.number().min(0).max(1) });

export function createImageHandlers({
  versions,
  app,
  budget,
  unbounded = false,
  ...options
}: ImageHandlersOptions): ImageHandlers {
  const service = createImageService(options);
  const room = unbounded ? OPEN_DOOR : createWaitingRoom({ places: WAITING_PLACES, waitMs: DEADLINE_MS });

  async function chosenCard(c: Context): Promise<ImageCard> {
    return (await versions()).choose(
      c.req.query('version'),
      c.req.header('pillbox-caller') ?? c.get('requestId'),
    );
  }

  /** One at a time; the body is read when it is its turn, and its memory given back. */
  function inTurn(c: Context, route: string, work: (turn: Turn) => Promise<Response>): Promise<Response> {
    const { raw } = c.req;
    return room.enter(async () => {
      const { signal } = raw;
      const admit = (costBytes: number) =>
        budget?.admit({ route, costBytes, deadlineMs: DEADLINE_MS, signal });
      const body = await admittedBody(raw, admit);
      try {
        return await work({ body, admit, signal, timings: createTimings() });
      } finally {
        body.free();
      }
    }, raw.signal);
  }

  async function picture(c: Context): Promise<Response> {
    const card = await chosenCard(c);
    service.checkServed(card);
    const explain = wantsExplanation(c);
    return await inTurn(c, 'picture', async ({ body: { image, tabular }, ...turn }) => {
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
    return await inTurn(c, '/predict', async ({ body: { image, tabular }, ...turn }) => {
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

/** What reading takes is given back when the body is there: its share is part of what decoding it then asks for. */
async function admittedBody(request: Request, admit: ImageRequest['admit']): Promise<PredictBody> {
  const isJson = request.headers.get('content-type')?.startsWith('application/json') === true;
  using _ = await admit(requestCostBytes(request, isJson ? JSON_COST : BODY_COST));
  return await readPredictBody(request);
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
