/** A model service over one tabular model: prediction, OpenAPI document and a page of links, all from the card. */

import { TerminalError } from '../errors/terminal-error.ts';
import { type BoxApp, createBoxApp } from '../http/box-app.ts';
import { readJsonBody } from '../http/limited-body.ts';
import type { Log } from '../http/log.ts';
import { HttpProblem } from '../http/problem.ts';
import type { ModelCard } from './model-card.ts';
import { createOpenApi } from './openapi.ts';
import { tabularAnswer } from './tabular-answer.ts';
import { createTabularInput } from './tabular-input.ts';
import { openTabularModel, type TabularModel } from './tabular-model.ts';

/** A body of all inputs is under 1 KiB; this leaves room for spaces and costs nothing. */
const MAX_BODY_BYTES = 64 * 1024;

/** What differs between the places where a service runs. */
export interface TabularPlace {
  readonly servedBy: 'edge' | 'function';
  /** The model file's text; called on first use, and again if it failed. */
  readonly loadModelText: () => Promise<string>;
  readonly log?: Log;
}

export interface TabularServiceOptions extends TabularPlace {
  /** The box's name, which is also its path at the edge. */
  readonly box: string;
  readonly card: ModelCard;
}

export function createTabularApp({ box, card, servedBy, loadModelText, log }: TabularServiceOptions): BoxApp {
  const input = createTabularInput(card);
  const openApi = createOpenApi(box, card, input.jsonSchema);
  const openModel = once(async () => openTabularModel(card, await loadModelText()).catch(asServerFault));
  const app = createBoxApp({
    box,
    ...(log === undefined ? {} : { log }),
    ready: async () => {
      await openModel();
    },
  });
  for (const path of ['/', '/openapi.json', '/tabular']) {
    app.use(path, async (c, next) => {
      await next();
      c.header('pillbox-served-by', servedBy);
    });
  }
  app.get('/', (c) => c.json(servicePage(box, card)));
  app.get('/openapi.json', (c) => c.json(openApi));
  app.post('/tabular', async (c) => {
    const row = input.toRow(await readJsonBody(c.req.raw, MAX_BODY_BYTES));
    const model = await openModel();
    return c.json(tabularAnswer(card, model.predict(row.values), row.missing));
  });
  app.all('/tabular', () => {
    throw new HttpProblem(405, 'method-not-allowed', 'Method not allowed', {
      detail: 'send a POST with a JSON body',
      headers: { allow: 'POST' },
    });
  });
  return app;
}

function servicePage(box: string, card: ModelCard) {
  return {
    service: box,
    title: card.title,
    description: card.description,
    model: { name: card.name, version: card.version, sha256: card.sha256, demo: card.demo },
    intendedUse: card.intendedUse,
    links: { predict: `/${box}/tabular`, openapi: `/${box}/openapi.json`, health: `/${box}/health/ready` },
  };
}

/** Callers that come while it loads wait for the same load; a failed one is forgotten, so the next caller tries again. */
function once(open: () => Promise<TabularModel>): () => Promise<TabularModel> {
  let opening: Promise<TabularModel> | undefined;
  return () => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
}

/** A model that cannot be used is no fault of the request's, which is what a TerminalError would be answered as. */
function asServerFault(error: unknown): never {
  if (!(error instanceof TerminalError)) throw error;
  throw new HttpProblem(500, error.code, 'Model cannot be used', { detail: error.message });
}
