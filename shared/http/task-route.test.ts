import { expect, test } from 'vitest';
import * as z from 'zod';
import { RetryableError } from '../errors/retryable-error.ts';
import { TerminalError } from '../errors/terminal-error.ts';
import { createBoxApp } from './box-app.ts';
import { createLog } from './log.ts';
import { addTaskRoute } from './task-route.ts';

interface Body {
  readonly shard: number;
}

function box(run: (body: Body) => Promise<void>, onTerminal?: (error: TerminalError) => Promise<void>) {
  const lines: string[] = [];
  const log = createLog('shard', (line) => lines.push(line));
  const app = createBoxApp({ box: 'shard', log });
  const schema = z.object({ shard: z.int() });
  addTaskRoute(app, {
    path: '/shard',
    schema,
    log,
    run,
    ...(onTerminal === undefined ? {} : { onTerminal }),
  });
  const headers = { 'content-type': 'application/json' };
  const send = (body: BodyInit, retries = 0) => {
    // Node wants `duplex` for a streamed body; the type of RequestInit does not know it.
    const init = {
      method: 'POST',
      body,
      headers: { ...headers, 'x-cloudtasks-taskretrycount': String(retries) },
      duplex: 'half',
    };
    return app.request('/shard', init);
  };
  return { lines, send };
}

test('done', async () => {
  const seen: Body[] = [];
  const { send } = box(async (body) => {
    seen.push(body);
  });
  const response = await send('{"shard":3}');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ outcome: 'done' });
  expect(seen).toEqual([{ shard: 3 }]);
});

test('a permanent failure is told, then answered 200', async () => {
  const told: string[] = [];
  const { send } = box(
    async () => {
      throw new TerminalError('shard-empty', 'shard 3 has no good record');
    },
    async (error) => {
      told.push(error.code);
    },
  );
  const response = await send('{"shard":3}');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ outcome: 'failed', code: 'shard-empty' });
  expect(told).toEqual(['shard-empty']);
});

test('a permanent failure that could not be recorded is tried again', async () => {
  const { send } = box(
    async () => {
      throw new TerminalError('shard-empty', 'shard 3 has no good record');
    },
    async () => {
      throw new RetryableError('storage-unavailable', 'storage does not answer');
    },
  );
  expect((await send('{"shard":3}')).status).toBe(500);
});

test.each([
  [new RetryableError('storage-unavailable', 'x'), 500, null],
  [new RetryableError('overloaded', 'x', { retryAfterMs: 2_000 }), 503, '2'],
  [new RetryableError('overloaded', 'x'), 503, '5'],
  [new Error('boom'), 500, null],
])('%s is tried again', async (error, status, retryAfter) => {
  const { send } = box(async () => {
    throw error;
  });
  const response = await send('{"shard":3}');
  expect(response.status).toBe(status);
  expect(response.headers.get('retry-after')).toBe(retryAfter);
});

test.each([
  [new RetryableError('storage-unavailable', 'x'), 'storage-unavailable'],
  [new Error('boom 10000032'), 'internal'],
])('%s is no longer tried again after an outage of an hour', async (thrown, lastCode) => {
  const told: TerminalError[] = [];
  const { send } = box(
    async () => {
      throw thrown;
    },
    async (error) => {
      told.push(error);
    },
  );
  // An hour after the first delivery.
  expect((await send('{"shard":3}', 67)).status).toBe(500);
  expect(told).toEqual([]);
  const response = await send('{"shard":3}', 80);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ outcome: 'failed', code: 'given-up' });
  expect(told.map(({ message }) => message)).toEqual([`tried 81 times, the last time: ${lastCode}`]);
});

test('the last attempt may still succeed, or say for itself why not', async () => {
  expect(await (await box(async () => {}).send('{"shard":3}', 80)).json()).toEqual({ outcome: 'done' });
  const failing = box(async () => {
    throw new TerminalError('shard-empty', 'x');
  });
  expect(await (await failing.send('{"shard":3}', 80)).json()).toMatchObject({ code: 'shard-empty' });
});

test('a task that killed its box at the last attempt does not run once more', async () => {
  const told: TerminalError[] = [];
  const { send } = box(
    () => expect.fail('ran'),
    async (error) => {
      told.push(error);
    },
  );
  expect((await send('{"shard":3}', 81)).status).toBe(200);
  expect(told).toMatchObject([{ code: 'given-up', message: 'tried 82 times, the last time: no answer' }]);
});

test.each(['{"shard":"10000032"}', '{}', 'not json 10000032', 'x'.repeat(20_000)])(
  'a body that no delivery mends is answered 200 and logged without its values: %.20s',
  async (body) => {
    let ran = false;
    const { send, lines } = box(async () => {
      ran = true;
    });
    const response = await send(body);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ outcome: 'failed', code: 'task-body-invalid' });
    expect(ran).toBe(false);
    expect(lines.join()).toContain('task-body-invalid');
    expect(lines.join()).not.toMatch(/10000032|xxx/);
  },
);

test('a body cut short is tried again', async () => {
  const { send } = box(async () => {});
  const cut = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error('aborted')),
  });
  expect((await send(cut)).status).toBe(400);
});
