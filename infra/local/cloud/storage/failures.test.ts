/** What storage answers when it fails itself, and to paths that it does not have. */

import { expect, test } from 'vitest';
import { startStorage } from './storage-under-test.ts';

const full = () => {
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
};

async function failing() {
  const lines: string[] = [];
  let isFull = true;
  const storage = await startStorage(undefined, {
    beforeEvent: () => isFull && full(),
    log: (line) => lines.push(line),
  });
  return {
    ...storage,
    lines,
    mend: () => {
      isFull = false;
    },
  };
}

test('a failure is an error of the JSON API, one line of the log, and leaves nothing', async () => {
  const { put, lines, dir, blobs, mend, text } = await failing();
  const answer = await put('secret', 'x'.repeat(3_000_000), '&predefinedAcl=hidden');
  expect(answer.status).toBe(500);
  const message = 'The local cloud failed: the disk is full (ENOSPC).';
  expect(await answer.json()).toEqual({
    error: { code: 500, message, errors: [{ message, domain: 'global', reason: 'backendError' }] },
  });
  expect(lines).toEqual([
    `POST /upload/b/pillbox/o: the folder ${dir} cannot be used: the disk is full (ENOSPC)`,
  ]);
  expect(await blobs()).toEqual([]);
  mend();
  expect((await put('x', 'bytes')).status).toBe(200);
  expect(await text('x')).toBe('bytes');
});

test('in the XML API it is an error of the XML API', async () => {
  const { call, lines, blobs, mend } = await failing();
  const put = () => call('/pillbox/x', { method: 'PUT', body: 'bytes' });
  const answer = await put();
  expect(answer.status).toBe(500);
  expect(answer.headers.get('content-type')).toContain('xml');
  expect(await answer.text()).toContain('<Code>InternalError</Code>');
  expect(lines).toEqual([expect.stringMatching(/^PUT \/pillbox\/x: the folder .*ENOSPC\)$/)]);
  expect(await blobs()).toEqual([]);
  mend();
  expect((await put()).status).toBe(200);
});

test('a resumable upload that could not be ended is ended by asking again', async () => {
  const { call, mend, text } = await failing();
  const started = await call('/upload/b/pillbox/o?uploadType=resumable&name=x', { method: 'POST' });
  const session = started.headers.get('location') ?? '';
  expect((await fetch(session, { method: 'PUT', body: 'bytes' })).status).toBe(500);
  mend();
  const asked = await fetch(session, { method: 'PUT', headers: { 'content-range': 'bytes */5' } });
  expect(asked.status).toBe(200);
  expect(await text('x')).toBe('bytes');
});

const UNKNOWN = [
  '/storage/v1/nothing',
  '/storage/v2/b/pillbox',
  '/upload/nothing',
  '/download/storage/v1/b',
  '/b/pillbox/nothing/x',
  '/batch/storage/v1',
  '/projects/p/nothing',
];

test('what is not found is said in the words of the JSON API', async () => {
  const { call } = await startStorage();
  for (const path of UNKNOWN) {
    for (const method of ['GET', 'POST']) {
      const answer = await call(path, { method });
      expect(answer.status, path).toBe(404);
      expect(await answer.json(), path).toMatchObject({
        error: { code: 404, errors: [{ domain: 'global', reason: 'notFound' }] },
      });
    }
  }
});

test('a bucket may be named as a path of the JSON API begins', async () => {
  const { call } = await startStorage();
  await call('/b?project=p', { method: 'POST', body: '{"name":"upload"}' });
  const put = { method: 'PUT', body: 'bytes' };
  expect((await call('/upload/nothing', put)).status).toBe(200);
  expect(await (await call('/upload/nothing')).text()).toBe('bytes');
});
