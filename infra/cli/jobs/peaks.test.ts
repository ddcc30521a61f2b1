import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { writeRunFile } from '../../local/run-file.ts';
import { openPeaks } from './peaks.ts';

const CLOUD = 'http://127.0.0.1:2';
const box = {
  limitMiB: 256,
  enforcedBy: 'watch',
  requests: 1,
  waiting: 0,
  restarts: 0,
  kills: 0,
  recycles: 0,
  busyMs: 1,
  instances: [],
};
let body = '';
const server = createServer((_request, response) => void response.end(body));
let dir = '';
let notes: string[] = [];
const note = (line: string) => void notes.push(line);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-peaks-'));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const boxes = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeRunFile(dir, { pid: process.pid, edge: CLOUD, cloud: CLOUD, boxes });
});
afterAll(async () => {
  server.close();
  await rm(dir, { recursive: true });
});
beforeEach(() => {
  notes = [];
  body = JSON.stringify({
    boxes: [
      { ...box, function: 'shard', peakMiB: 130.5 },
      { ...box, function: 'combine', peakMiB: 0 },
    ],
  });
  vi.stubEnv('PILLBOX_CLOUD_ENDPOINT', undefined);
  return () => vi.unstubAllEnvs();
});

test.each([{}, { endpoint: CLOUD }, { endpoint: `${CLOUD}/` }])(
  'the Pillbox that runs here is asked, with %j',
  async (options) => {
    const readPeaks = await openPeaks({ data: dir, ...options }, note);
    expect(await readPeaks()).toEqual(new Map([['shard', { peakMiB: 130.5, limitMiB: 256 }]]));
    body = '{"boxes":7}';
    expect(await readPeaks()).toEqual(new Map());
    expect(notes).toEqual([]);
  },
);

test.each([
  [{ google: true }, 'Google Cloud runs the boxes'],
  [{ endpoint: 'http://127.0.0.1:3' }, 'runs the boxes'],
  [{ endpoint: 'nowhere' }, 'runs the boxes'],
  [{ data: '/nowhere' }, 'no Pillbox of /nowhere runs the boxes'],
])('with %j it is said once that there are no peaks, and why', async (options, why) => {
  const readPeaks = await openPeaks({ data: dir, ...options }, note);
  expect(await readPeaks()).toEqual(new Map());
  expect(await readPeaks()).toEqual(new Map());
  expect(notes).toEqual([expect.stringMatching(/^peak memory is not shown: /)]);
  expect(notes[0]).toContain(why);
});

test('a cloud that the variable names counts as well', async () => {
  vi.stubEnv('PILLBOX_CLOUD_ENDPOINT', 'http://127.0.0.1:3');
  await openPeaks({ data: dir }, note);
  expect(notes).toHaveLength(1);
});
