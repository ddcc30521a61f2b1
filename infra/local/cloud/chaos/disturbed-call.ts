/** What a request asks for, as far as faults care: the operation, its object or queue, and who it is when it comes again. */

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Operation } from './chaos-schedule.ts';

export interface DisturbedCall {
  readonly operation: Operation;
  /** Of the object, or the prefix of a list; empty for a task. */
  readonly name: string;
  /** Of which the limits of a fault are: a job, or a queue. */
  readonly scope: string;
  /** The same for each repeat of the request, and in each run from the same seed: numbers that the cloud gives are left out. */
  readonly identity: string;
  /** Whether it is done on a condition only. */
  readonly isConditional: boolean;
}

const OBJECTS = /^(?:\/(upload|download))?(?:\/storage\/v1)?\/b\/[^/]+\/o(?:\/([^/]+)(\/compose)?)?$/;
const TASKS = /^\/v2\/(projects\/[^/]+\/locations\/[^/]+\/queues\/[^/:]+)\/tasks$/;
/** Generations, above all: in parameters and in names. */
const GIVEN_NUMBER = /\d{10,}/g;
const OF_NO_INTEREST = /[?&](?:pageToken|ifGenerationMatch|generation|prettyPrint)=[^&]*/g;

/** Undefined for what no fault is for: other methods and paths. */
export function callOf(request: IncomingMessage, url: URL): DisturbedCall | undefined {
  const { method = 'GET' } = request;
  const queue = TASKS.exec(url.pathname)?.[1];
  const found = queue === undefined ? objectCallOf(method, url) : taskCallOf(method, queue);
  if (found === undefined) return undefined;
  const told = `${method} ${url.pathname}${url.search.replaceAll(OF_NO_INTEREST, '')} ${request.headers.range ?? ''}`;
  const isConditional = /[?&]ifGenerationMatch=/.test(url.search);
  return { ...found, identity: told.replaceAll(GIVEN_NUMBER, '#'), isConditional };
}

type Found = Pick<DisturbedCall, 'operation' | 'name' | 'scope'>;

function taskCallOf(method: string, queue: string): Found | undefined {
  return method === 'POST' ? { operation: 'enqueue', name: '', scope: queue } : undefined;
}

function objectCallOf(method: string, url: URL): Found | undefined {
  const [matched, service, encoded, compose] = OBJECTS.exec(url.pathname) ?? [];
  if (matched === undefined) return undefined;
  const { searchParams: query } = url;
  const isUpload = service === 'upload';
  const name = isUpload ? query.get('name') : encoded === undefined ? query.get('prefix') : decode(encoded);
  const operation = isUpload
    ? 'create'
    : operationOf(method, {
        isList: encoded === undefined,
        isCompose: compose !== undefined,
        service,
        query,
      });
  if (operation === undefined || name === null || name === undefined) return undefined;
  return { operation, name, scope: /^jobs\/[^/]+/.exec(name)?.[0] ?? '' };
}

function operationOf(
  method: string,
  asked: { isList: boolean; isCompose: boolean; service: string | undefined; query: URLSearchParams },
): Operation | undefined {
  const { isList, isCompose, service, query } = asked;
  if (isCompose) return method === 'POST' ? 'compose' : undefined;
  if (method === 'DELETE') return isList ? undefined : 'delete';
  if (method !== 'GET') return undefined;
  if (isList) return 'list';
  return service === 'download' || query.get('alt') === 'media' ? 'read' : 'stat';
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** The names of tasks, and what they ask of whom, are in the body alone. */
export function withBody(call: DisturbedCall, body: Buffer): DisturbedCall {
  const digest = createHash('sha256').update(body).digest('base64url');
  return { ...call, identity: `${call.identity} ${digest}` };
}
