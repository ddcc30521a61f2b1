/** A queue's httpTarget: where all its tasks are sent and as whom, whatever each task says. */

import * as z from 'zod';
import { authorizationSchema } from './authorization.ts';
import { enumSchema, HTTP_METHODS } from './enums.ts';
import type { TaskRequest } from './task-row.ts';

const SCHEMES = ['SCHEME_UNSPECIFIED', 'HTTP', 'HTTPS'] as const;
const ENFORCE_MODES = ['URI_OVERRIDE_ENFORCE_MODE_UNSPECIFIED', 'IF_NOT_EXISTS', 'ALWAYS'] as const;

const MAX_PORT = 65_535;

const uriOverrideSchema = z
  .strictObject({
    scheme: enumSchema(SCHEMES).optional(),
    host: z
      .string()
      .regex(/^[\w.-]+$|^\[[\da-f:]+\]$/i, 'must be a host alone, without scheme, port and path')
      .optional(),
    // A 64-bit number in protobuf, which its JSON writes as a string.
    port: z.coerce.number().int().min(0).max(MAX_PORT).optional(),
    pathOverride: z.strictObject({ path: z.string().default('') }).optional(),
    queryOverride: z.strictObject({ queryParams: z.string().default('') }).optional(),
    uriOverrideEnforceMode: enumSchema(ENFORCE_MODES).optional(),
  })
  .refine(
    ({ uriOverrideEnforceMode: _, ...parts }) => Object.values(parts).some((part) => part !== undefined),
    'must override something',
  );

/** In the words of the REST API. */
export const httpTargetSchema = z
  .strictObject({
    uriOverride: uriOverrideSchema.optional(),
    httpMethod: enumSchema(HTTP_METHODS).optional(),
    headerOverrides: z
      .array(z.strictObject({ header: z.strictObject({ key: z.string().min(1), value: z.string() }) }))
      .max(50)
      .optional(),
    oidcToken: authorizationSchema.shape.oidcToken,
    oauthToken: authorizationSchema.shape.oauthToken,
  })
  .refine(({ oidcToken, oauthToken }) => oidcToken === undefined || oauthToken === undefined, {
    message: 'oidcToken and oauthToken exclude each other',
  });

export type HttpTarget = Readonly<z.infer<typeof httpTargetSchema>>;

/** The request of a task as its queue's target makes it: also that of a task older than the target. */
export function applyHttpTarget(target: HttpTarget | undefined, request: TaskRequest): TaskRequest {
  if (target === undefined) return request;
  const { uriOverride, httpMethod, headerOverrides = [], oidcToken, oauthToken } = target;
  const overridden = headerOverrides.map(({ header }) => [header.key.toLowerCase(), header.value] as const);
  const replaced = new Set(overridden.map(([name]) => name));
  const kept = Object.entries(request.headers).filter(([name]) => !replaced.has(name.toLowerCase()));
  return {
    ...request,
    url: uriOverride === undefined ? request.url : overrideUrl(uriOverride, request.url),
    method:
      httpMethod === undefined || httpMethod === 'HTTP_METHOD_UNSPECIFIED' ? request.method : httpMethod,
    headers: Object.fromEntries([...kept, ...overridden]),
    ...(oidcToken !== undefined && { authorization: { oidcToken } }),
    ...(oauthToken !== undefined && { authorization: { oauthToken } }),
  };
}

/** Every task has a URL here, so IF_NOT_EXISTS overrides nothing. */
function overrideUrl(override: NonNullable<HttpTarget['uriOverride']>, from: string): string {
  if (override.uriOverrideEnforceMode === 'IF_NOT_EXISTS') return from;
  const url = new URL(from);
  const { scheme, host, port, pathOverride, queryOverride } = override;
  if (scheme !== undefined && scheme !== 'SCHEME_UNSPECIFIED') url.protocol = `${scheme.toLowerCase()}:`;
  if (host !== undefined) url.hostname = host;
  // The port belongs to the host: that of the task's own host means nothing at another.
  if (port !== undefined || host !== undefined)
    url.port = port === undefined || port === 0 ? '' : String(port);
  if (pathOverride !== undefined) url.pathname = pathOverride.path;
  if (queryOverride !== undefined) url.search = queryOverride.queryParams;
  return url.href;
}
