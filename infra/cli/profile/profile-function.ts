/** Takes the memory curves of one request to one function: cold, from the start of its process, and warm. */

import { setTimeout as delay } from 'node:timers/promises';
import { BoxInstance, type InstanceEnd } from '../../local/supervisor/box-instance.ts';
import type { RegisteredFunction } from '../../registry/registry.ts';
import { type MemorySample, recordMemory } from './memory-curve.ts';

export interface ProfileRequest {
  readonly method: string;
  /** At the function itself. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Blob | undefined;
}

export interface MemoryCurve {
  readonly name: 'cold' | 'warm';
  readonly samples: readonly MemorySample[];
  /** What happened when, since the curve began. */
  readonly marks: readonly { readonly ms: number; readonly label: string }[];
  /** Absent when the process died of the request. */
  readonly answer: Answer | undefined;
}

export interface Answer {
  readonly status: number;
  readonly ms: number;
  /** Of an answer that is an error: its first bytes. */
  readonly problem: string | undefined;
}

export interface Profile {
  readonly curves: readonly MemoryCurve[];
  /** Set when the process ended before it had answered everything. */
  readonly end: InstanceEnd | undefined;
}

export interface ProfileOptions {
  readonly fn: RegisteredFunction;
  readonly environment: Readonly<Record<string, string>>;
  readonly request: ProfileRequest;
  /** Requests before the warm one; the cold one is the first of them. */
  readonly warm: number;
  readonly onLine: (line: string) => void;
}

const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 2_000;
/** What is given back right after an answer belongs to the picture. */
const AFTER_MS = 60;
const MAX_PROBLEM_BYTES = 16 * 1024;

/** Throws when the process cannot be started. */
export async function profileFunction(options: ProfileOptions): Promise<Profile> {
  const { fn, environment, warm, onLine } = options;
  const box = new BoxInstance({
    fn,
    environment,
    startTimeoutMs: START_TIMEOUT_MS,
    cgroupParent: undefined,
    onLine,
  });
  const recording = recordMemory(box.pid);
  try {
    const curves: MemoryCurve[] = [];
    // Its rejection says the same as its end, which is looked at below.
    const readyMs = await box.ready.then(
      () => recording.elapsedMs(),
      () => undefined,
    );
    const marks = readyMs === undefined ? [] : [{ ms: readyMs, label: 'ready' }];
    const cold = await follow('cold', box, options, recording, marks);
    curves.push(cold);
    for (let sent = 1; sent < warm && isGood(curves); sent++) await send(box, options).catch(() => {});
    if (isGood(curves)) curves.push(await follow('warm', box, options, recordMemory(box.pid), []));
    const died = curves.some((curve) => curve.answer === undefined);
    return { curves, end: died ? await box.ended : undefined };
  } finally {
    await box.stop(STOP_GRACE_MS);
  }
}

function isGood(curves: readonly MemoryCurve[]): boolean {
  return curves.every(({ answer }) => answer !== undefined && answer.problem === undefined);
}

async function follow(
  name: MemoryCurve['name'],
  box: BoxInstance,
  options: ProfileOptions,
  recording: ReturnType<typeof recordMemory>,
  marks: MemoryCurve['marks'],
): Promise<MemoryCurve> {
  if (box.state !== 'ready') return { name, samples: recording.stop(), marks, answer: undefined };
  const sentMs = recording.elapsedMs();
  const answer = await send(box, options).catch(() => undefined);
  const answeredMs = recording.elapsedMs();
  if (answer !== undefined) await delay(AFTER_MS);
  return {
    name,
    samples: recording.stop(),
    marks: [...marks, { ms: sentMs, label: 'request' }, { ms: answeredMs, label: answer ? 'answer' : 'end' }],
    answer,
  };
}

/** Rejects when the connection breaks or the function's own time is over. */
async function send(box: BoxInstance, { fn, request }: ProfileOptions): Promise<Answer> {
  const { path, body, ...init } = request;
  const startedMs = performance.now();
  const response = await fetch(`http://127.0.0.1:${box.port}${path}`, {
    ...init,
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(fn.config.timeoutSeconds * 1000),
  });
  let problem = '';
  for await (const chunk of response.body ?? []) {
    if (!response.ok && problem.length < MAX_PROBLEM_BYTES) problem += Buffer.from(chunk).toString('utf8');
  }
  const ms = performance.now() - startedMs;
  return { status: response.status, ms, problem: response.ok ? undefined : problem };
}
