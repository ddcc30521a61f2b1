/** What the Cloud Tasks API does with queues: create, get, list, patch, delete, pause, resume, purge. */

import { invalidArgument, TasksError } from './api-error.ts';
import { type EnumEncoding, encodeEnum, QUEUE_STATES } from './enums.ts';
import type { LiveQueue, LiveQueues } from './live-queues.ts';
import { parseQueueConfig, toQueueResource } from './queue-config.ts';
import { toTimestamp } from './task-resource.ts';
import { pageOf, pageTokenAfter, requireQueue, type TasksCall, type TasksContext } from './tasks-call.ts';

const MAX_PAGE = 1000;

/** GET and POST on the collection. Undefined for another method. */
export function operateOnQueues(context: TasksContext, parent: string, call: TasksCall): object | undefined {
  if (call.method === 'POST') return createQueue(context, parent, call);
  if (call.method === 'GET') return listQueues(context, parent, call);
  return undefined;
}

/** Undefined for a method or verb that the API does not have here. */
export function operateOnQueue(
  context: TasksContext,
  name: string,
  verb: string | undefined,
  call: TasksCall,
): object | undefined {
  const { queues, tasks, clock } = context;
  const show = (queue: LiveQueue) => toResource(queue, call.enums);
  switch (`${call.method} ${verb ?? ''}`) {
    case 'GET ':
      return show(requireQueue(context, name));
    case 'PATCH ':
      return show(patchQueue(context, name, call));
    case 'DELETE ':
      queues.delete(requireQueue(context, name));
      tasks.purge(name, clock.now());
      return {};
    case 'POST pause':
      return show(queues.setPaused(requireQueue(context, name), true));
    case 'POST resume':
      return show(queues.setPaused(requireQueue(context, name), false));
    case 'POST purge': {
      const queue = requireQueue(context, name);
      tasks.purge(name, clock.now());
      return show(queues.setPurged(queue, clock.now()));
    }
    default:
      return undefined;
  }
}

function createQueue({ queues }: TasksContext, parent: string, { body, enums }: TasksCall): object {
  const config = parseQueueConfig(body);
  if (!config.name.startsWith(`${parent}/queues/`)) throw invalidArgument(`name: must be in ${parent}`);
  if (queues.get(config.name) !== undefined) throw new TasksError('ALREADY_EXISTS', 'Queue already exists.');
  expectFreeName(queues, config.name);
  return toResource(queues.configure(config), enums);
}

function listQueues({ queues }: TasksContext, parent: string, { query, enums }: TasksCall): object {
  const { afterId, limit } = pageOf(query, MAX_PAGE);
  const inParent = queues.all().filter(({ config }) => config.name.startsWith(`${parent}/queues/`));
  const rest = inParent.filter(({ config }) => config.name > afterId);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    queues: page.map((queue) => toResource(queue, enums)),
    ...(last !== undefined && rest.length > limit && { nextPageToken: pageTokenAfter(last.config.name) }),
  };
}

/** A name stays taken for days after its queue was deleted: whoever counts on using it again fails here as well. */
function expectFreeName(queues: LiveQueues, name: string): void {
  if (!queues.isNameHeld(name)) return;
  throw new TasksError('FAILED_PRECONDITION', 'A queue of this name was deleted within the last 7 days.');
}

/** As in Cloud Tasks, a queue that does not exist is created, and without a mask every field is replaced. */
function patchQueue({ queues }: TasksContext, name: string, { query, body }: TasksCall): LiveQueue {
  const known = queues.get(name);
  if (known === undefined) expectFreeName(queues, name);
  if (!isRecord(body)) throw invalidArgument('body: must be a queue');
  const mask = query.get('updateMask')?.split(',').filter(Boolean);
  for (const path of mask ?? []) expectMaskPath(path);
  const base = known === undefined ? {} : toQueueResource(known.config);
  const patched = mask === undefined ? body : mask.reduce((into, path) => setPath(into, path, body), base);
  return queues.configure(parseQueueConfig({ ...patched, name }));
}

/** Which fields an updateMask may name, and which of their own. */
const MASK_FIELDS: Readonly<Record<string, readonly string[]>> = {
  name: [],
  rateLimits: ['maxDispatchesPerSecond', 'maxBurstSize', 'maxConcurrentDispatches'],
  retryConfig: ['maxAttempts', 'maxRetryDuration', 'minBackoff', 'maxBackoff', 'maxDoublings'],
  httpTarget: ['uriOverride', 'httpMethod', 'headerOverrides', 'oidcToken', 'oauthToken'],
  stackdriverLoggingConfig: ['samplingRatio'],
  state: [],
  purgeTime: [],
};

/** Throws a TasksError (INVALID_ARGUMENT). */
function expectMaskPath(path: string): void {
  const [field = '', inner, ...rest] = path.split('.').map(toCamelCase);
  const known = Object.hasOwn(MASK_FIELDS, field) ? MASK_FIELDS[field] : undefined;
  const isKnown = known !== undefined && (inner === undefined || known.includes(inner)) && rest.length === 0;
  if (!isKnown) throw invalidArgument('updateMask: names a field that a queue does not have');
}

const toCamelCase = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** A copy of `into` with the field at `path` as `from` has it; absent there, it falls back to its default. */
function setPath(into: object, path: string, from: unknown): object {
  const [head = '', ...rest] = path.split('.');
  const key = toCamelCase(head);
  const source = isRecord(from) ? from[key] : undefined;
  const target = isRecord(into) ? into[key] : undefined;
  const value = rest.length === 0 ? source : setPath(isRecord(target) ? target : {}, rest.join('.'), source);
  return { ...into, [key]: value };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toResource({ config, paused, purgedMs }: LiveQueue, enums: EnumEncoding): object {
  return {
    ...toQueueResource(config),
    state: encodeEnum(QUEUE_STATES, paused ? 'PAUSED' : 'RUNNING', enums),
    ...(purgedMs !== undefined && { purgeTime: toTimestamp(purgedMs) }),
  };
}
