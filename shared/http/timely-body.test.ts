import { expect, test } from 'vitest';
import { timelyBody } from './timely-body.ts';

const chunk = new Uint8Array(10);

function streamOf(chunks: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let count = 0; count < chunks; count += 1) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function read(body: ReadableStream<Uint8Array> | null, graceMs?: number): Promise<number> {
  let bytes = 0;
  for await (const { byteLength } of timelyBody(body, graceMs)) bytes += byteLength;
  return bytes;
}

test('all of a body that comes', async () => {
  expect(await read(streamOf(2))).toBe(20);
  expect(await read(null)).toBe(0);
});

test('a body that trickles is given up, whatever still comes', async () => {
  const trickling = new ReadableStream<Uint8Array>({
    pull: (controller) =>
      new Promise((resolve) =>
        setTimeout(() => {
          controller.enqueue(chunk);
          resolve();
        }, 20),
      ),
  });
  await expect(read(trickling, 80)).rejects.toMatchObject({ status: 408, code: 'body-slow' });
});

test('left early, the stream can be read on', async () => {
  const body = streamOf(3);
  for await (const _ of timelyBody(body)) break;
  expect(body.locked).toBe(false);
  expect(await read(body)).toBe(20);
});
