import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Pace, timelyBody } from './timely-body.ts';

const chunk = new Uint8Array(10);

function streamOf(chunks: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let count = 0; count < chunks; count += 1) controller.enqueue(chunk);
      controller.close();
    },
  });
}

/** Gives 10 bytes every `everyMs`, for ever. */
function trickle(everyMs: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) =>
      new Promise((resolve) => {
        setTimeout(() => {
          controller.enqueue(chunk);
          resolve();
        }, everyMs);
      }),
  });
}

async function read(body: ReadableStream<Uint8Array> | null, pace?: Pace): Promise<number> {
  let bytes = 0;
  for await (const { byteLength } of timelyBody(body, pace)) bytes += byteLength;
  return bytes;
}

const PACE = { startMs: 80, leastBytesPerMs: 64, tickMs: 20 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('all of a body that comes', async () => {
  expect(await read(streamOf(2))).toBe(20);
  expect(await read(null)).toBe(0);
});

test('a body that trickles is given up, whatever still comes', async () => {
  const refused = expect(read(trickle(20), PACE)).rejects.toMatchObject({ status: 408, code: 'body-slow' });
  await vi.advanceTimersByTimeAsync(PACE.startMs + PACE.tickMs);
  await refused;
});

test('so is one of which nothing comes, and its length sets the pace', async () => {
  const detail = 'the body must come at 1000 KB/s after its first 0.08 s';
  const silent = new ReadableStream<Uint8Array>();
  const pace = { ...PACE, leastBytesPerMs: 999.5 };
  const refused = expect(read(silent, pace)).rejects.toThrow(detail);
  await vi.advanceTimersByTimeAsync(PACE.startMs + PACE.tickMs);
  await refused;
});

test('one that is fast enough on average is not', async () => {
  const chunks = timelyBody(trickle(20), { ...PACE, leastBytesPerMs: 0.1 });
  for (let count = 0; count < 100; count += 1) {
    const next = chunks.next();
    await vi.advanceTimersByTimeAsync(20);
    expect((await next).value).toBe(chunk);
  }
  await chunks.return(undefined);
});

test('time that the reader itself takes does not count against the body', async () => {
  const chunks = timelyBody(streamOf(3), PACE);
  for (let count = 0; count < 3; count += 1) {
    expect((await chunks.next()).value).toBe(chunk);
    await vi.advanceTimersByTimeAsync(10 * PACE.startMs);
  }
  expect((await chunks.next()).done).toBe(true);
});

test('left early, the stream can be read on', async () => {
  const body = streamOf(3);
  for await (const _ of timelyBody(body)) break;
  expect(body.locked).toBe(false);
  expect(await read(body)).toBe(20);
});
