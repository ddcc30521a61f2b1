/**
 * The outcome rules of a task delivered by Cloud Tasks: done or permanently failed answers 2xx, transient 5xx,
 * overloaded 503 with Retry-After. The error's class is the retry policy, up to a limit: what fails for longer than any
 * outage should last has failed for good.
 */

import type { Context } from 'hono';
import type { z } from 'zod';
import { TerminalError } from '../errors/terminal-error.ts';
import { MAX_TASK_BODY_BYTES } from '../tasks/task-queue.ts';
import type { Admits } from './admission.ts';
import { type BoxApp, toProblem } from './box-app.ts';
import { readJsonBody } from './limited-body.ts';
import type { Log } from './log.ts';
import { HttpProblem } from './problem.ts';

/** How often the task was delivered before, with or without an answer. */
const RETRY_COUNT_HEADER = 'x-cloudtasks-taskretrycount';

/**
 * A task is given up at this retry, more than an hour after its first delivery. The back-off of the queues
 * (function.json: 0.5 s, doubled up to 60 s) puts retry 7 at 64 s and each one after that a minute later, so an outage of
 * an hour ends at retry 66; this one comes after 74 minutes. Below the queue's own maxAttempts of 100, which would drop
 * the task without a trace.
 */
const RETRY_LIMIT = 80;

export interface TaskRoute<Body> {
  readonly path: string;
  readonly schema: z.ZodType<Body>;
  readonly log: Log;
  /** Retries, as Cloud Tasks counts them, after which a failure is permanent; 80 by default. */
  readonly retryLimit?: number;
  /** Absent = every task is let in. */
  readonly budget?: Admits | undefined;
  /** What a task takes at its peak. */
  readonly costBytes?: number;
  run(body: Body): Promise<void>;
  /** Told of a permanent failure before the task is answered; it must leave a trace that a user can find. */
  onTerminal?(error: TerminalError, body: Body): Promise<void>;
}

/** Adds POST `path`: the body is checked by `schema`, the outcome follows from the class of what `run` throws. */
export function addTaskRoute<Body>(app: BoxApp, route: TaskRoute<Body>): void {
  app.post(route.path, async (c: Context) => {
    const retries = Number(c.req.header(RETRY_COUNT_HEADER) ?? 0);
    const limit = route.retryLimit ?? RETRY_LIMIT;
    let body: Body | undefined;
    try {
      body = await parseBody(c.req.raw, route.schema);
      // The delivery at the limit was not answered either: this task kills its box.
      if (retries > limit) throw givenUp(retries, 'no answer');
      using _ = await admit(route, c.req.raw.signal);
      await route.run(body);
      return c.json({ outcome: 'done' });
    } catch (thrown) {
      const isLast = body !== undefined && retries >= limit;
      const error = isLast ? asPermanent(thrown, retries) : thrown;
      if (!(error instanceof TerminalError)) throw error;
      route.log('ERROR', error.message, { code: error.code, route: route.path });
      if (body !== undefined) await route.onTerminal?.(error, body);
      return c.json({ outcome: 'failed', code: error.code });
    }
  });
}

/** Within the outcome rules: a task that never fits has failed for good, and one that finds no room is tried again. */
async function admit(
  { path, budget, costBytes = 0 }: Pick<TaskRoute<unknown>, 'path' | 'budget' | 'costBytes'>,
  signal: AbortSignal,
): Promise<Disposable | undefined> {
  try {
    return await budget?.admit({ route: path, costBytes, signal });
  } catch (error) {
    if (!(error instanceof HttpProblem) || error.status !== 413) throw error;
    throw new TerminalError('task-too-large', error.message, { cause: error });
  }
}

function asPermanent(error: unknown, retries: number): TerminalError {
  if (error instanceof TerminalError) return error;
  return givenUp(retries, toProblem(error).code, { cause: error });
}

function givenUp(retries: number, lastCode: string, options?: ErrorOptions): TerminalError {
  return new TerminalError('given-up', `tried ${retries + 1} times, the last time: ${lastCode}`, options);
}

/** A body that is not what it should be is answered 200: delivering it again would not mend it. One cut short might. */
async function parseBody<Body>(request: Request, schema: z.ZodType<Body>): Promise<Body> {
  const raw = await readJsonBody(request, MAX_TASK_BODY_BYTES).catch((error: unknown) => {
    if (error instanceof HttpProblem && error.code !== 'body-cut')
      throw new TerminalError('task-body-invalid', error.message);
    throw error;
  });
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  throw new TerminalError('task-body-invalid', `task body: ${fields.map((f) => f.path).join(', ')}`, {
    fields,
  });
}
