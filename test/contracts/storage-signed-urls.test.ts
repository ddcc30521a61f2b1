/** V4 signed URLs made by the official client, and by hand with an HMAC key, against the local cloud. */

import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GetSignedUrlConfig, Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTestClock, type TestClock } from '../../infra/local/cloud/clock.ts';
import { type LocalCloud, startLocalCloud } from '../../infra/local/cloud/local-cloud.ts';

let dir: string;
let cloud: LocalCloud;
let clock: TestClock;
let keyFile: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-signed-'));
  // The client signs with the time of the system.
  clock = createTestClock(Date.now());
  cloud = await startLocalCloud({ dir, port: 0, buckets: ['pillbox'], clock });
  const answer = await fetch(`${cloud.origin}/_pillbox/serviceAccountKey`, { method: 'POST' });
  const { path } = (await answer.json()) as { path: string };
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  keyFile = path;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud.close();
  await rm(dir, { recursive: true });
});

async function sign(
  name: string,
  options: Partial<GetSignedUrlConfig>,
  signerFile = keyFile,
): Promise<string> {
  // Where the client looks for a key that nobody hands to it.
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', signerFile);
  const storage = new Storage({ apiEndpoint: cloud.origin, projectId: 'p' });
  const config = {
    version: 'v4',
    action: 'read',
    expires: Date.now() + 60_000,
    ...options,
  } as GetSignedUrlConfig;
  const [url] = await storage.bucket('pillbox').file(name).getSignedUrl(config);
  return url;
}

async function outcome(url: string, init?: RequestInit) {
  const response = await fetch(url, init);
  const text = await response.text();
  return response.ok ? text : `${response.status} ${/<Code>(\w+)/.exec(text)?.[1]}`;
}

async function put(name: string, body: string): Promise<void> {
  const query = `uploadType=media&name=${encodeURIComponent(name)}`;
  await fetch(`${cloud.origin}/upload/storage/v1/b/pillbox/o?${query}`, { method: 'POST', body });
}

test.each(['plain', 'a/b c', "ünï/日本 (1)!*'~.txt", '?a=b&c#d%2F'])(
  '%j is read, and no other with its URL',
  async (name) => {
    await put(name, `content of ${name}`);
    const url = await sign(name, {});
    expect(await outcome(url)).toBe(`content of ${name}`);
    expect(await outcome(url.replace('/pillbox/', '/pillbox/x'))).toBe('403 SignatureDoesNotMatch');
    expect(await outcome(`${url}&more=1`)).toBe('403 SignatureDoesNotMatch');
    expect(await outcome(url, { method: 'DELETE' })).toBe('403 SignatureDoesNotMatch');
  },
);

test('a write is held to the headers that were signed', async () => {
  const extensionHeaders = { 'x-goog-meta-k': ' two  words ' };
  const url = await sign('written', { action: 'write', contentType: 'text/x', extensionHeaders });
  const send = (type: string, meta: string) =>
    outcome(url, {
      method: 'PUT',
      headers: { 'content-type': type, 'x-goog-meta-k': meta },
      body: 'written',
    });
  expect(await send('text/y', 'two words')).toBe('403 SignatureDoesNotMatch');
  expect(await send('text/x', 'other')).toBe('403 SignatureDoesNotMatch');
  expect(await send('text/x', 'two words')).toBe('');
  expect(await outcome(url, { method: 'PUT', headers: { 'content-type': 'text/x' } })).toBe(
    '400 AuthorizationQueryParametersError',
  );
  expect(await outcome(await sign('written', {}))).toBe('written');
});

test('a resumable upload, a deletion and the wishes of a browser', async () => {
  const url = await sign('resumed', { action: 'resumable' });
  const started = await fetch(url, { method: 'POST', headers: { 'x-goog-resumable': 'start' } });
  expect(
    (await fetch(started.headers.get('location') ?? '', { method: 'PUT', body: 'resumed' })).status,
  ).toBe(200);
  const shown = await fetch(
    await sign('resumed', { responseType: 'text/plain', responseDisposition: 'attachment; filename="x y"' }),
  );
  expect(shown.headers.get('content-type')).toBe('text/plain');
  expect(shown.headers.get('content-disposition')).toBe('attachment; filename="x y"');
  expect(await outcome(await sign('resumed', { action: 'delete' }), { method: 'DELETE' })).toBe('');
  expect(await outcome(await sign('resumed', {}))).toBe('404 NoSuchKey');
});

test('a URL is good for its time', async () => {
  await put('timed', 'timed');
  // In whole seconds, which is what a URL holds; the clock has stood still since the first test.
  const nowMs = Math.floor(clock.now() / 1000) * 1000;
  const url = await sign('timed', { accessibleAt: nowMs, expires: nowMs + 60_000 });
  const later = await sign('timed', { accessibleAt: nowMs + 3_600_000, expires: nowMs + 3_700_000 });
  expect(await outcome(later)).toBe('403 AccessDenied');
  expect(await outcome(url)).toBe('timed');
  const startMs = clock.now();
  clock.advance(61_000);
  expect(await outcome(url)).toBe('400 ExpiredToken');
  clock.advance(3_600_000 - 61_000);
  expect(await outcome(later)).toBe('timed');
  // Back, as far as the tests that follow are concerned: they sign for this time.
  expect(clock.now()).toBe(startMs + 3_600_000);
});

test.each<[string, (url: string) => string, string]>([
  [
    'a signature of other bytes',
    (url) => url.replace(/Signature=(.)/, (_, digit) => `Signature=${digit === '0' ? '1' : '0'}`),
    '403 SignatureDoesNotMatch',
  ],
  [
    'a signature that is no hex',
    (url) => url.replace(/Signature=../, 'Signature=zz'),
    '400 AuthorizationQueryParametersError',
  ],
  [
    'no signature',
    (url) => url.replace(/&X-Goog-Signature=\w+/, ''),
    '400 AuthorizationQueryParametersError',
  ],
  ['a longer time', (url) => url.replace(/Expires=\d+/, 'Expires=604800'), '403 SignatureDoesNotMatch'],
  [
    'more than a week',
    (url) => url.replace(/Expires=\d+/, 'Expires=604801'),
    '400 AuthorizationQueryParametersError',
  ],
  ['no time', (url) => url.replace(/&X-Goog-Date=\w+/, ''), '400 AuthorizationQueryParametersError'],
  [
    'another signer',
    (url) => url.replace(/Credential=[^%]+/, 'Credential=someone'),
    '403 InvalidAccessKeyId',
  ],
  [
    'an algorithm that is none',
    (url) => url.replace('GOOG4-RSA-SHA256', 'NONE'),
    '400 AuthorizationQueryParametersError',
  ],
  [
    'no host among the headers',
    (url) => url.replace('SignedHeaders=host', 'SignedHeaders=range'),
    '400 AuthorizationQueryParametersError',
  ],
])('%s', async (_what, change, expected) => {
  const accessibleAt = clock.now();
  const url = await sign('timed', { accessibleAt, expires: accessibleAt + 60_000 });
  expect(await outcome(url)).toBe('timed');
  expect(await outcome(change(url))).toBe(expected);
});

test("a key of one's own opens nothing; the older form of signing is refused", async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const forgedFile = join(dir, 'forged.json');
  const known = JSON.parse(await readFile(keyFile, 'utf8'));
  await writeFile(forgedFile, JSON.stringify({ ...known, private_key }));
  const accessibleAt = clock.now();
  const times = { accessibleAt, expires: accessibleAt + 60_000 };
  expect(await outcome(await sign('timed', times, forgedFile))).toBe('403 SignatureDoesNotMatch');
  const v2 = await sign('timed', { version: 'v2', expires: accessibleAt + 60_000 });
  expect(await outcome(v2)).toBe('400 AuthorizationQueryParametersError');
});

test('an HMAC key signs too, until it is switched off', async () => {
  const keys = `${cloud.origin}/storage/v1/projects/p/hmacKeys`;
  const { secret, metadata } = await (
    await fetch(`${keys}?serviceAccountEmail=a@b.c`, { method: 'POST' })
  ).json();
  const url = signWithHmac('/pillbox/timed', metadata.accessId, secret);
  expect(await outcome(url)).toBe('timed');
  expect(await outcome(signWithHmac('/pillbox/timed', metadata.accessId, 'other'))).toBe(
    '403 SignatureDoesNotMatch',
  );
  await fetch(`${keys}/${metadata.accessId}`, { method: 'PUT', body: '{"state":"INACTIVE"}' });
  expect(await outcome(url)).toBe('403 InvalidAccessKeyId');
});

/** By the description of the signing process alone, so that it shares nothing with what it tests. */
function signWithHmac(path: string, accessId: string, secret: string): string {
  const date = `${new Date(clock.now()).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
  const day = date.slice(0, 8);
  const scope = `${day}/auto/storage/goog4_request`;
  const query = [
    'X-Goog-Algorithm=GOOG4-HMAC-SHA256',
    `X-Goog-Credential=${encodeURIComponent(`${accessId}/${scope}`)}`,
    `X-Goog-Date=${date}`,
    'X-Goog-Expires=60',
    'X-Goog-SignedHeaders=host',
  ].join('&');
  const canonical = `GET\n${path}\n${query}\nhost:${new URL(cloud.origin).host}\n\nhost\nUNSIGNED-PAYLOAD`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = mac(mac(mac(mac(`GOOG4${secret}`, day), 'auto'), 'storage'), 'goog4_request');
  const signature = mac(key, `GOOG4-HMAC-SHA256\n${date}\n${scope}\n${digest}`).toString('hex');
  return `${cloud.origin}${path}?${query}&X-Goog-Signature=${signature}`;
}
