/** One prediction to each model endpoint, with the example of its own OpenAPI document. */

import * as z from 'zod';
import type { PredictionResult } from './summary.ts';

/** The header that asks the edge to pass a request on to the function behind it. */
const RUN_AT_FUNCTION = { 'pillbox-run-at': 'function' };

const placesSchema = z.object({ enum: z.array(z.enum(['edge', 'function'])).min(1) });
const EVERYWHERE = ['edge', 'function'] as const;

const openApiSchema = z.object({
  paths: z.record(
    z.string(),
    z.object({
      post: z
        .object({
          requestBody: z.object({
            content: z.object({ 'application/json': z.object({ example: z.unknown() }) }),
          }),
          responses: z.object({
            200: z.object({
              headers: z.object({ 'pillbox-served-by': z.object({ schema: placesSchema }) }).optional(),
            }),
          }),
        })
        .optional(),
    }),
  ),
});

export interface Endpoint {
  readonly function: string;
  /** Path at the edge, such as /diabetes/tabular. */
  readonly path: string;
  readonly example: unknown;
  /** Where it can be computed; what is missing here is passed on by the edge. */
  readonly places: readonly PredictionResult['servedBy'][];
}

/** The prediction endpoints of a service, as its OpenAPI document lists them. Throws when it cannot be read. */
export async function listEndpoints(edge: string, service: string): Promise<Endpoint[]> {
  const response = await fetch(`${edge}/${service}/openapi.json`);
  if (!response.ok) throw new Error(`${service}: openapi.json answered ${response.status}`);
  const { paths } = openApiSchema.parse(await response.json());
  return Object.entries(paths).flatMap(([path, { post }]) => {
    if (post === undefined) return [];
    const { example } = post.requestBody.content['application/json'];
    const places = post.responses[200].headers?.['pillbox-served-by'].schema.enum ?? EVERYWHERE;
    return [{ function: service, path, example, places }];
  });
}

/** Sends the example; a refused or failed request is a result like any other, with its status (0 = no answer). */
export async function predict(
  edge: string,
  endpoint: Endpoint,
  servedBy: PredictionResult['servedBy'],
): Promise<PredictionResult> {
  const startedMs = performance.now();
  let status = 0;
  let body: unknown = null;
  try {
    const response = await fetch(edge + endpoint.path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(servedBy === 'function' ? RUN_AT_FUNCTION : {}) },
      body: JSON.stringify(endpoint.example),
    });
    status = response.status;
    body = await response.json();
  } catch (error) {
    body = { error: error instanceof Error ? error.message : String(error) };
  }
  const ms = Math.round((performance.now() - startedMs) * 10) / 10;
  return { function: endpoint.function, endpoint: endpoint.path, servedBy, status, ms, body };
}
