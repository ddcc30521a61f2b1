/** The Open Inference Protocol (v2) over a tabular model, for clients that speak it already. */

import type { Context, Next } from 'hono';
import { type Admits, admitted, type RequestCost } from '../http/admission.ts';
import { type BoxApp, toProblem } from '../http/box-app.ts';
import { readJsonBody } from '../http/limited-body.ts';
import { HttpProblem } from '../http/problem.ts';
import { inputTensors, readInference } from './inference-request.ts';
import type { ModelCard } from './model-card.ts';
import { noticeOf, type RowAnswer } from './tabular-answer.ts';
import type { TabularPredictor } from './tabular-predictor.ts';

interface InferenceOptions {
  readonly card: ModelCard;
  readonly tabular: TabularPredictor;
  readonly limitBytes: number;
  readonly budget: Admits | undefined;
  readonly cost: RequestCost;
}

/** The tensors of an answer; `contributions` has a column for each input and the bias last, and comes on request. */
function outputTensors(card: ModelCard) {
  return [
    { name: 'probability', datatype: 'FP32', shape: [-1] },
    { name: 'prediction', datatype: 'BYTES', shape: [-1] },
    { name: 'margin', datatype: 'FP32', shape: [-1] },
    { name: 'contributions', datatype: 'FP32', shape: [-1, card.inputs.length + 1] },
  ];
}

export function addInferenceRoutes(
  app: BoxApp,
  { card, tabular, limitBytes, budget, cost }: InferenceOptions,
): void {
  const base = '/v2/models/:name';
  const guarded =
    (answer: (request: Request) => Promise<unknown>) =>
    async (c: Context, next: Next): Promise<Response | undefined> => {
      // Another model of the service may be behind a later route, or behind the edge.
      if (c.req.param('name') !== card.name) {
        await next();
        return undefined;
      }
      try {
        if ((c.req.param('version') ?? card.version) !== card.version) throw noSuchVersion(card);
        return c.json(await answer(c.req.raw));
      } catch (error) {
        return asInferenceError(error);
      }
    };
  app.get('/v2', (c) => c.json({ name: 'pillbox', version: card.version, extensions: [] }));
  app.get('/v2/health/live', (c) => c.json({ live: true }));
  app.get('/v2/health/ready', async (c) => {
    await tabular.ready();
    return c.json({ ready: true });
  });
  for (const model of [base, `${base}/versions/:version`]) {
    app.get(
      model,
      guarded(async () => metadata(card)),
    );
    app.get(
      `${model}/ready`,
      guarded(async () => {
        await tabular.ready();
        return { name: card.name, ready: true };
      }),
    );
    app.post(
      `${model}/infer`,
      admitted(budget, `${model}/infer`, cost),
      guarded(async (request) => {
        if (request.headers.has('inference-header-content-length')) {
          throw new HttpProblem(400, 'input-invalid', 'Binary tensors are not supported: send data as JSON');
        }
        const asked = readInference(
          card,
          await readJsonBody(request, limitBytes),
          outputTensors(card).map((one) => one.name),
        );
        const rows = tabular.input.toRows(asked.rows);
        const answers = await tabular.rows(rows, asked.outputs.includes('contributions'));
        return {
          model_name: card.name,
          model_version: card.version,
          ...(asked.id === undefined ? {} : { id: asked.id }),
          parameters: { demo: card.demo, sha256: card.sha256.slice(0, 12), notice: noticeOf(card) },
          outputs: asked.outputs.map((name) => outputOf(card, name, answers)),
        };
      }),
    );
  }
}

function metadata(card: ModelCard) {
  return {
    name: card.name,
    versions: [card.version],
    platform: 'xgboost_json',
    inputs: inputTensors(card),
    outputs: outputTensors(card),
  };
}

function outputOf(card: ModelCard, name: string, answers: readonly RowAnswer[]) {
  const { datatype, shape } = outputTensors(card).find((one) => one.name === name) ?? { shape: [] };
  return {
    name,
    datatype,
    shape: shape.map((size) => (size === -1 ? answers.length : size)),
    data: answers.flatMap((answer): (number | string)[] => {
      if (name === 'prediction') return [answer.prediction];
      if (name === 'margin') return [answer.margin];
      if (name === 'probability') return [answer.probability];
      const { contributions = {}, bias = 0 } = answer.explanation ?? {};
      return [...Object.values(contributions), bias];
    }),
  };
}

function noSuchVersion(card: ModelCard): HttpProblem {
  return new HttpProblem(404, 'no-such-model', 'No such model', {
    detail: `the version of ${card.name} here is ${card.version}`,
  });
}

/** The protocol wants `error`, and 400 for any bad request; the rest of the problem stays beside it. */
function asInferenceError(error: unknown): Response {
  const problem = toProblem(error);
  if (problem.status >= 500) throw error;
  const status = problem.status === 422 ? 400 : problem.status;
  const { detail, errors } = problem.options;
  const first = errors?.[0];
  const where = first === undefined ? '' : `: ${first.path} ${first.message}`;
  const body = {
    error: `${detail ?? problem.title}${where}`,
    code: problem.code,
    ...(errors === undefined ? {} : { errors }),
  };
  return Response.json(body, { status });
}
