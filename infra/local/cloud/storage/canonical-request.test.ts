/** Canonical requests: by own examples, and by Google's published vectors where their file is at hand. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { canonicalRequest, stringToSign } from './canonical-request.ts';

test('names and values are lowered, trimmed, folded, encoded and sorted', () => {
  const canonical = canonicalRequest({
    method: 'GET',
    path: "/bucket/a b/ü*'(1)!~",
    query: [
      ['b', 'x y'],
      ['B', '/+='],
      ['a', '2'],
      ['a', '10'],
      ['é', ''],
    ],
    headers: [
      ['X-Goog-Meta-B', ' one   two\t\tthree '],
      ['Host', '127.0.0.1:8788'],
    ],
  });
  expect(canonical.split('\n')).toEqual([
    'GET',
    '/bucket/a%20b/%C3%BC%2A%27%281%29%21~',
    '%C3%A9=&B=%2F%2B%3D&a=10&a=2&b=x%20y',
    'host:127.0.0.1:8788',
    'x-goog-meta-b:one two three',
    '',
    'host;x-goog-meta-b',
    'UNSIGNED-PAYLOAD',
  ]);
});

/** Google's v4_signatures.json, which is not kept here; test/differential/install.sh fetches it where there is Go. */
const vectorsFile = process.env['PILLBOX_CONTRACT_V4_SIGNATURES'] || undefined;

/** The text of its canonical request has a path that its URL has not; the hash beside it is of the right text. */
const INCONSISTENT = 'Universe domain with virtual hosted style';

const vectorSchema = z.object({
  description: z.string(),
  method: z.string(),
  headers: z.record(z.string(), z.string()).optional(),
  expectedUrl: z.string(),
  expectedCanonicalRequest: z.string(),
  expectedStringToSign: z.string(),
});

describe.skipIf(vectorsFile === undefined)("Google's vectors", () => {
  const vectors =
    vectorsFile === undefined
      ? []
      : z
          .object({ signingV4Tests: z.array(vectorSchema) })
          .parse(JSON.parse(readFileSync(vectorsFile, 'utf8'))).signingV4Tests;

  test.each(vectors.map((vector) => [vector.description, vector] as const))('%s', (_description, vector) => {
    const url = new URL(vector.expectedUrl);
    const query = url.search.slice(1).split('&');
    const pairs = query.map((pair) => pair.split('=').map(decodeURIComponent) as [string, string]);
    const value = (name: string) => pairs.find(([key]) => key === name)?.[1] ?? '';
    // Some vectors sign the host without its port.
    const signsPort = vector.expectedCanonicalRequest.includes(`\nhost:${url.host}\n`);
    const sent = Object.entries({ host: signsPort ? url.host : url.hostname, ...vector.headers });
    const headers = sent.map(([name, text]) => [name.toLowerCase(), text] as [string, string]);
    const canonical = canonicalRequest({
      method: vector.method,
      path: decodeURIComponent(/^\w+:\/\/[^/]+([^?]*)/.exec(vector.expectedUrl)?.[1] ?? ''),
      query: pairs.filter(([name]) => name !== 'X-Goog-Signature'),
      headers,
      payloadSha256: headers.find(([name]) => name === 'x-goog-content-sha256')?.[1],
    });
    if (vector.description !== INCONSISTENT) expect(canonical).toBe(vector.expectedCanonicalRequest);
    const scope = value('X-Goog-Credential').split('/').slice(1).join('/');
    expect(stringToSign(value('X-Goog-Algorithm'), value('X-Goog-Date'), scope, canonical)).toBe(
      vector.expectedStringToSign,
    );
  });
});
