/** Whatever is asked of whichever operation: an answer in words, never a failure of the server. */

import { expect, test } from 'vitest';
import fc from '../../../../test/fixtures/properties.ts';
import { startStorage } from './storage-under-test.ts';

const PATHS = [
  'b',
  'b/{}',
  'b/{}/o',
  'b/{}/o/{}',
  'b/{}/o/{}/compose',
  'b/{}/o/{}/copyTo/b/{}/o/{}',
  'b/{}/o/{}/rewriteTo/b/{}/o/{}',
  'b/{}/o/{}/moveTo/o/{}',
  'b/{}/iam',
  'b/{}/lockRetentionPolicy',
  'b/{}/notificationConfigs',
  'b/{}/notificationConfigs/{}',
  'b/{}/acl/{}',
  'projects/{}/hmacKeys',
  'projects/{}/hmacKeys/{}',
  'retry_test',
  'retry_test/{}',
  'upload/storage/v1/b/{}/o',
  'download/storage/v1/b/{}/o/{}',
  'pillbox/{}',
  'pillbox/{}/{}',
];
const NAMES = [
  'pillbox',
  'x',
  'x%2Fy',
  '%00',
  '%',
  '..',
  '%2e%2e',
  "'; DROP TABLE objects",
  'x'.repeat(300),
  '😀',
];
const QUERY_NAMES = [
  'generation',
  'ifGenerationMatch',
  'ifMetagenerationNotMatch',
  'ifSourceGenerationMatch',
  'maxBytesRewrittenPerCall',
  'rewriteToken',
  'uploadType',
  'upload_id',
  'name',
  'maxResults',
  'pageToken',
  'matchGlob',
  'fields',
  'alt',
  'X-Goog-Algorithm',
  'X-Goog-Signature',
  'X-Goog-Credential',
  'X-Goog-Date',
  'X-Goog-Expires',
  'X-Goog-SignedHeaders',
];
const VALUES = [
  '',
  '0',
  '-1',
  '99999999999999999999',
  '9223372036854775807',
  'media',
  'resumable',
  'multipart',
  'x',
  '{',
  '[a-',
  'items(',
  'e30',
  'host',
  '20260101T000000Z',
  'a/20260101/auto/storage/goog4_request',
  'GOOG4-RSA-SHA256',
  'ff',
];
const BODIES = [
  '',
  '{',
  'null',
  '[]',
  '7',
  '{"name":null}',
  '{"name":"pillbox-2"}',
  '{"__proto__":{"name":"x"},"metadata":{"__proto__":"x"}}',
  '{"metadata":null,"contentType":null}',
  '{"retentionPolicy":{"retentionPeriod":"1e999"}}',
  '{"retentionPolicy":7,"labels":{"a":{"b":{}}}}',
  '{"sourceObjects":[{"name":"x"}],"destination":{"metadata":{"a":null}}}',
  '{"sourceObjects":[{"name":"x","generation":"99999999999999999999"}]}',
  '{"topic":{}}',
  '{"etag":7,"bindings":"x"}',
  '{"instructions":{"storage.objects.get":["return-503"]}}',
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
];
const RANGES = ['bytes=0-', 'bytes=-0', 'bytes=9-1', 'bytes */*', 'bytes 0-*/*', 'bytes 0-0/1', 'x'];

test('any method, path, query, header and body', async () => {
  const { origin, call: ask, put } = await startStorage();
  const restore = async () => {
    await ask('/b', { method: 'POST', body: '{"name":"pillbox"}' });
    for (const name of ['x', 'pillbox']) await put(name, 'content');
  };
  await restore();
  const call = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'),
    path: fc.constantFrom(...PATHS),
    names: fc.infiniteStream(
      fc.oneof(
        { weight: 5, arbitrary: fc.constant('pillbox') },
        { weight: 4, arbitrary: fc.constant('x') },
        fc.constantFrom(...NAMES),
      ),
    ),
    query: fc.dictionary(fc.constantFrom(...QUERY_NAMES), fc.constantFrom(...VALUES), { maxKeys: 6 }),
    body: fc.constantFrom(...BODIES),
    range: fc.constantFrom(...RANGES),
  });
  await fc.assert(
    fc.asyncProperty(call, async ({ method, path, names, query, body, range }) => {
      const filled = path.replaceAll('{}', () => names.next().value);
      const headers = {
        range,
        'content-range': range,
        'x-goog-encryption-algorithm': body.slice(0, 3).trim(),
      };
      const hasBody = method !== 'GET' && method !== 'HEAD';
      const response = await fetch(`${origin}/${filled}?${new URLSearchParams(query)}`, {
        method,
        headers: query['alt'] === 'x' ? headers : { range, 'content-range': range },
        ...(hasBody && { body }),
      });
      const text = await response.text();
      expect([500, 502]).not.toContain(response.status);
      if (response.status < 400 && (method === 'DELETE' || method === 'POST')) await restore();
      if (response.status < 400 || method === 'HEAD') return;
      if (text.startsWith('<')) expect(text).toMatch(/<Error><Code>\w+<\/Code><Message>/);
      else if (response.status !== 499)
        expect(JSON.parse(text).error).toMatchObject({ code: response.status });
    }),
    { numRuns: 1500 },
  );
  // It still serves.
  await put('after', 'after');
});
