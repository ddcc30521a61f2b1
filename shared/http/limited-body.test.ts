import { expect, test } from 'vitest';
import { readJsonBody, readLimitedBody } from './limited-body.ts';

/** A request whose body comes in `chunks`; `pulled` counts how many were asked for. */
function streamed(chunks: readonly (Uint8Array | Error)[], headers: Record<string, string> = {}) {
  const state = { pulled: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[state.pulled];
        state.pulled += 1;
        if (chunk === undefined) controller.close();
        else if (chunk instanceof Error) controller.error(chunk);
        else controller.enqueue(chunk);
      },
      cancel() {
        state.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const init = { method: 'POST', body, headers, duplex: 'half' };
  return { state, request: new Request('http://box/', init) };
}

const text = (value: string) => new TextEncoder().encode(value);
const KIB = new Uint8Array(1024);

test('a body of exactly the limit', async () => {
  const { request } = streamed([KIB, KIB]);
  expect((await readLimitedBody(request, 2048)).byteLength).toBe(2048);
});

test('chunks are joined in their order', async () => {
  const { request } = streamed([text('{"a"'), text(':'), text('1}')]);
  expect(await readJsonBody(request, 100)).toEqual({ a: 1 });
});

test('no body is an empty one', async () => {
  expect((await readLimitedBody(new Request('http://box/'), 10)).byteLength).toBe(0);
});

test('a chunked body over the limit is left as soon as it is', async () => {
  const { request, state } = streamed(Array.from({ length: 100 }, () => KIB));
  await expect(readLimitedBody(request, 2048)).rejects.toMatchObject({ status: 413, code: 'body-too-large' });
  // Not cancelled: whoever serves the request reads the rest away before the answer goes out.
  expect(state).toEqual({ pulled: 3, cancelled: false });
});

test('an announced length over the limit is refused unread', async () => {
  const { request, state } = streamed([KIB], { 'content-length': '4096' });
  await expect(readLimitedBody(request, 2048)).rejects.toMatchObject({ status: 413 });
  expect(state.pulled).toBe(0);
});

test.each(['10', '-1', 'NaN', ''])(
  'an announced length of "%s" that lies is not believed',
  async (length) => {
    const { request } = streamed([KIB, KIB, KIB], { 'content-length': length });
    await expect(readLimitedBody(request, 2048)).rejects.toMatchObject({ status: 413 });
  },
);

test('a body cut short', async () => {
  const { request } = streamed([KIB, new Error('aborted SECRET')]);
  const error = await readLimitedBody(request, 2048).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 400, code: 'body-cut' });
  expect(String(error)).not.toContain('SECRET');
});

test.each([
  ['not JSON', text('{"glucose": 148,}')],
  ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ['nothing', new Uint8Array(0)],
])('%s: 400 that does not quote the body', async (_, bytes) => {
  const error = await readJsonBody(streamed([bytes]).request, 100).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 400, code: 'not-json' });
  expect(String(error)).not.toContain('148');
});

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'Application/JSON',
  'application/cloudevents+json',
])('reads %s', async (type) => {
  expect(await readJsonBody(streamed([text('1')], { 'content-type': type }).request, 100)).toBe(1);
});

test.each(['text/plain', 'multipart/form-data; boundary=x', 'application/jsonx'])(
  'refuses %s',
  async (type) => {
    const { request, state } = streamed([text('1')], { 'content-type': type });
    await expect(readJsonBody(request, 100)).rejects.toMatchObject({ status: 415 });
    expect(state.pulled).toBe(0);
  },
);
