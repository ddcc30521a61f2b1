/** A model service over one tabular model: predictions, explanations, OpenAPI, docs and the inference protocol, from the card. */

import type { TakesHooks } from '../budget/release-hooks.ts';
import { type Admits, admitted, type RequestCost } from '../http/admission.ts';
import { type BoxApp, createBoxApp } from '../http/box-app.ts';
import { readJsonBody } from '../http/limited-body.ts';
import type { Log } from '../http/log.ts';
import { HttpProblem } from '../http/problem.ts';
import { createDocsPage } from './docs-page.ts';
import { addInferenceRoutes } from './inference-routes.ts';
import type { ModelCard } from './model-card.ts';
import { createOpenApi } from './openapi.ts';
import type { TabularAnswer } from './tabular-answer.ts';
import { MAX_BATCH_ROWS } from './tabular-predictor.ts';
import { createTabularVersions, type TabularVersions } from './tabular-versions.ts';

/** Of a whole batch of 256 rows: 512 bytes each, where all inputs of a row take two thirds of that. */
const MAX_BODY_BYTES = 128 * 1024;

/** Of one request: its body as text, as objects and as rows, and an answer that is some times longer. */
const COST: RequestCost = { fixedBytes: 256 * 1024, timesBody: 24, maxBodyBytes: MAX_BODY_BYTES };

/** What a service needs of a memory budget: who may begin, and who is asked to give back. */
export type ServiceBudget = Admits & TakesHooks;

/** What differs between the places where a service runs. */
export interface TabularPlace {
  readonly servedBy: 'edge' | 'function';
  /** The model file's text; called on first use, and again if it failed. */
  readonly loadModelText: (card: ModelCard) => Promise<string>;
  /** Cards of more versions than come with the code; asked for at each request. */
  readonly moreCards?: (() => Promise<readonly ModelCard[]>) | undefined;
  /** Answers a request for a version that there is none of here; absent = 404. */
  readonly passOn?: (request: Request, env: unknown) => Promise<Response>;
  readonly log?: Log;
  /** Absent = all are let in, as at the edge. */
  readonly budget?: ServiceBudget | undefined;
  /** More routes of the same service, such as those of its image model. */
  readonly addRoutes?: (app: BoxApp, tabular: TabularAnswers) => void;
  /** What those routes look like in the OpenAPI document, by path below the service. */
  readonly openApiPaths?: Readonly<Record<string, unknown>>;
}

/** The tabular half of a service, for routes that answer with more than it. */
export interface TabularAnswers {
  readonly card: ModelCard;
  /** The answer of /tabular to one record. Throws HttpProblem 422 as /tabular answers it. */
  answer(body: unknown, explain: boolean): Promise<TabularAnswer>;
}

export interface TabularServiceOptions extends TabularPlace {
  /** The box's name, which is also its path at the edge. */
  readonly box: string;
  /** One version, or all that come with the code; exactly one is without `traffic`. */
  readonly card: ModelCard | readonly ModelCard[];
}

export function createTabularApp(options: TabularServiceOptions): BoxApp {
  const { box, servedBy, log } = options;
  const versions = openVersions(options);
  const { card, tabular } = versions.standard;
  const openApi = createOpenApi(box, card, tabular.input.jsonSchema, options.openApiPaths);
  const app = createBoxApp({ box, ...(log === undefined ? {} : { log }), ready: tabular.ready });
  for (const path of ['/', '/openapi.json', '/docs', '/tabular', '/v2', '/v2/*']) {
    app.use(path, async (c, next) => {
      await next();
      if (!c.res.headers.has('pillbox-served-by')) c.header('pillbox-served-by', servedBy);
    });
  }
  app.get('/', (c) => c.json(servicePage(box, card)));
  app.get('/openapi.json', (c) => c.json(openApi));
  app.get('/docs', async (c) => {
    const { html, headers } = await createDocsPage(box, card, openApi);
    return c.body(html, 200, { ...headers });
  });
  addTabularRoute(app, versions, options);
  app.all('/tabular', () => {
    throw new HttpProblem(405, 'method-not-allowed', 'Method not allowed', {
      detail: 'send a POST with a JSON body',
      headers: { allow: 'POST' },
    });
  });
  addInferenceRoutes(app, { card, tabular, limitBytes: MAX_BODY_BYTES, budget: options.budget, cost: COST });
  options.addRoutes?.(app, { card, answer: tabular.answer });
  return app;
}

/** In a box answers are kept only where its budget takes them back; a Worker has the bounds of the card alone. */
function openVersions(options: TabularServiceOptions): TabularVersions {
  const { servedBy, budget } = options;
  const mayCache = servedBy === 'edge' || budget?.register !== undefined;
  const versions = createTabularVersions({ ...options, mayCache });
  budget?.register?.({ name: 'answers', level: 'shed', release: () => versions.shed() });
  return versions;
}

function addTabularRoute(app: BoxApp, versions: TabularVersions, options: TabularServiceOptions): void {
  const { passOn, budget } = options;
  app.post('/tabular', admitted(budget, '/tabular', COST), async (c) => {
    const explain = readSwitch(c.req.query('explain'), 'explain');
    const choice = await versions.now();
    const asked = c.req.query('version');
    if (passOn !== undefined && asked !== undefined && !choice.has(asked))
      return await passOn(c.req.raw, c.env);
    const { tabular } = choice.choose(asked, c.req.header('pillbox-caller') ?? c.get('requestId'));
    const body = await readJsonBody(c.req.raw, MAX_BODY_BYTES);
    const startMs = performance.now();
    const rows = batchRows(body);
    const answer =
      rows === undefined ? await tabular.text(body, explain) : await tabular.batch(rows, explain);
    const durationMs = (performance.now() - startMs).toFixed(1);
    return c.body(answer.text, 200, {
      'content-type': 'application/json',
      'server-timing': `model;dur=${durationMs}`,
      ...(answer.cache === undefined ? {} : { 'pillbox-cache': answer.cache }),
    });
  });
}

function servicePage(box: string, card: ModelCard) {
  return {
    service: box,
    title: card.title,
    description: card.description,
    model: { name: card.name, version: card.version, sha256: card.sha256, demo: card.demo },
    intendedUse: card.intendedUse,
    links: {
      predict: `/${box}/tabular`,
      docs: `/${box}/docs`,
      openapi: `/${box}/openapi.json`,
      inference: `/${box}/v2/models/${card.name}`,
      health: `/${box}/health/ready`,
    },
  };
}

/** The rows of a batch; undefined where the body is one record. */
function batchRows(body: unknown): readonly unknown[] | undefined {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'rows')) return undefined;
  const { rows, ...others } = body as { rows: unknown };
  const fault = !Array.isArray(rows)
    ? 'must be a list of records'
    : rows.length < 1 || rows.length > MAX_BATCH_ROWS
      ? `must hold 1 to ${MAX_BATCH_ROWS} records; it holds ${rows.length}`
      : Object.keys(others).length > 0
        ? 'must be the only key of a batch'
        : undefined;
  if (fault === undefined) return rows as readonly unknown[];
  throw new HttpProblem(422, 'input-invalid', 'Invalid input', {
    detail: 'the batch is not valid',
    errors: [{ path: 'rows', message: fault }],
  });
}

function readSwitch(value: string | undefined, name: string): boolean {
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw new HttpProblem(400, 'query-invalid', 'Invalid query', { detail: `${name} must be true or false` });
}
