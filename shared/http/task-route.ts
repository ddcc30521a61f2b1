/**
 * The outcome rules of a task delivered by Cloud Tasks: done or permanently failed answers 2xx, transient 5xx,
 * overloaded 503 with Retry-After. The error's class is the retry policy.
 */

import type { Context } from 'hono';
import type { z } from 'zod';
import { TerminalError } from '../errors/terminal-error.ts';
import { MAX_TASK_BODY_BYTES } from '../tasks/task-queue.ts';
import type { BoxApp } from './box-app.ts';
import { readJsonBody } from './limited-body.ts';
import type { Log } from './log.ts';
import { HttpProblem } from './problem.ts';

export interface TaskRoute<Body> {
  readonly path: string;
  readonly schema: z.ZodType<Body>;
  readonly log: Log;
  run(body: Body): Promise<void>;
  /** Told of a permanent failure before the task is answered; it must leave a trace that a user can find. */
  onTerminal?(error: TerminalError, body: Body): Promise<void>;
}

/** Adds POST `path`: the body is checked by `schema`, the outcome follows from the class of what `run` throws. */
export function addTaskRoute<Body>(app: BoxApp, route: TaskRoute<Body>): void {
  app.post(route.path, async (c: Context) => {
    let body: Body | undefined;
    try {
      body = await parseBody(c.req.raw, route.schema);
      await route.run(body);
      return c.json({ outcome: 'done' });
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      route.log('ERROR', error.message, { code: error.code, route: route.path });
      if (body !== undefined) await route.onTerminal?.(error, body);
      return c.json({ outcome: 'failed', code: error.code });
    }
  });
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
