import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { HttpProblem } from '../http/problem.ts';
import { readParts } from './multipart.ts';

const TYPE = 'multipart/form-data; boundary=xyz';
const bytes = (text: string) => Buffer.from(text, 'latin1');
const part = (name: string, body: string) =>
  `--xyz\r\nContent-Disposition: form-data; name="${name}"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n${body}\r\n`;

test('what fetch writes is read, whatever the bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }), async (bodies) => {
      const form = new FormData();
      for (const [at, body] of bodies.entries()) form.append(`part ${at}`, new Blob([Uint8Array.from(body)]));
      const request = new Request('http://box/', { method: 'POST', body: form });
      const type = request.headers.get('content-type') ?? '';
      if (bodies.length === 0) return;
      const parts = readParts(new Uint8Array(await request.arrayBuffer()), type);
      expect(parts.map(({ name }) => name)).toEqual(bodies.map((_, at) => `part ${at}`));
      expect(parts.map((one) => Array.from(one.bytes))).toEqual(bodies.map((body) => Array.from(body)));
    }),
  );
});

test('parts are views of the body', () => {
  const body = bytes(`preamble\r\n${part('image', 'a\r\n--xy')}--xyz--`);
  const [only] = readParts(body, TYPE);
  expect(only?.bytes.buffer).toBe(body.buffer);
  expect(Buffer.from(only?.bytes ?? []).toString()).toBe('a\r\n--xy');
});

test.each([
  ['no boundary stated', bytes(''), 'multipart/form-data', /states no boundary/],
  ['an empty body', bytes(''), TYPE, /does not occur/],
  ['a boundary in the middle of a line', bytes('a--xyz--'), TYPE, /does not occur/],
  ['no end', bytes(part('image', 'abc')), TYPE, /last boundary is missing/],
  ['no name', bytes('--xyz\r\nA: b\r\n\r\nabc\r\n--xyz--'), TYPE, /no name/],
  ['no headers', bytes('--xyz\r\nabc\r\n--xyz--'), TYPE, /no end of its headers/],
  [
    'a transfer encoding',
    bytes(
      '--xyz\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nabc\r\n--xyz--',
    ),
    TYPE,
    /transfer-encoding/,
  ],
  ['a thousand parts', bytes(`${part('a', '').repeat(1000)}--xyz--`), TYPE, /more than 128/],
])('%s is refused', (_name, body, type, message) => {
  expect(() => readParts(body, type)).toThrow(message);
});

test('anything else is refused as well, never crashes', () => {
  const pieces = fc.constantFrom(
    '--xyz',
    '\r\n',
    '--',
    'name="a"',
    'Content-Disposition: form-data; ',
    '\r\n\r\n',
    'a',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (text) => {
      try {
        readParts(bytes(text.join('')), TYPE);
      } catch (error) {
        expect(error).toBeInstanceOf(HttpProblem);
      }
    }),
  );
});
