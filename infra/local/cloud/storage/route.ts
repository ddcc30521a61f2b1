/** One operation of the JSON API: its name in Google's own list, its method and path, and what answers it. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { invalid, sendJson } from './api-error.ts';
import { applyFields, parseFields } from './fields.ts';
import type { Interrupt } from './interruption.ts';
import { readText } from './request-body.ts';
import type { StorageContext } from './storage-context.ts';

/** A request that belongs to a route. */
export interface Call {
  readonly context: StorageContext;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly query: URLSearchParams;
  /** What the body of an upload is to go through. */
  readonly interrupt: Interrupt;
  /** What stands in the path for `{name}`, decoded; empty where the path has no such part. */
  param(name: string): string;
}

export interface Route {
  /** Such as `storage.objects.get`: by this name a retry test speaks of it. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Such as `b/{bucket}/o/{object}`, behind `/storage/v1/` or `/`. */
  readonly path: string;
  /** For a path that begins with `/upload` or `/download`. */
  readonly service?: 'upload' | 'download';
  /** Answers the request. Throws an ApiError, having answered nothing. */
  readonly answer: (call: Call) => Promise<void> | void;
}

export interface MatchedRoute {
  readonly route: Route;
  readonly params: ReadonlyMap<string, string>;
}

export type RouteMatch = MatchedRoute | 'no-such-path' | 'no-such-method';

/** Finds the route of a method and a path of the form `/[upload|download]/[storage/v1/]…`. */
export function createRouter(
  routes: readonly Route[],
): (method: string | undefined, pathname: string) => RouteMatch {
  const known = routes.map((route) => ({ route, segments: route.path.split('/') }));
  return (method, pathname) => {
    const [, service, path = ''] = /^(?:\/(upload|download))?(?:\/storage\/v1)?\/(.*)$/s.exec(pathname) ?? [];
    const segments = path.split('/');
    let pathIsKnown = false;
    for (const { route, segments: template } of known) {
      if (route.service !== service || template.length !== segments.length) continue;
      const values = valuesOf(template, segments);
      if (values === undefined) continue;
      pathIsKnown = true;
      if (route.method === method) return { route, params: decodeAll(values) };
    }
    return pathIsKnown ? 'no-such-method' : 'no-such-path';
  };
}

/** Sends a resource, or the part of it that the parameter `fields` asks for. Throws an ApiError (400) for a wrong mask. */
export function show({ query, response }: Pick<Call, 'query' | 'response'>, resource: object): void {
  const fields = query.get('fields') ?? '';
  sendJson(response, fields === '' ? resource : applyFields(parseFields(fields), resource));
}

/** Answers what leaves nothing to show. */
export function showNothing({ response }: Pick<Call, 'response'>): void {
  response.writeHead(204).end();
}

/** The JSON body as text. Throws an ApiError (413) for more than a MiB. */
export const bodyText = (call: Call): Promise<string> => readText(call.request);

function valuesOf(template: readonly string[], segments: readonly string[]) {
  const values: [string, string][] = [];
  for (const [index, part] of template.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith('{')) {
      if (segment === '') return undefined;
      values.push([part.slice(1, -1), segment]);
    } else if (part !== segment) return undefined;
  }
  return values;
}

function decodeAll(values: readonly [string, string][]): Map<string, string> {
  return new Map(values.map(([name, value]) => [name, decodeSegment(value)]));
}

/** Throws an ApiError (400) for a name that is not percent-encoded UTF-8. */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalid('A name in the path is not percent-encoded UTF-8.');
  }
}
