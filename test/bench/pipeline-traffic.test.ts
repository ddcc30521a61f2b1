import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import type { RegisteredFunction } from '../../infra/registry/registry.ts';
import { movesRecords, openTrafficProxy } from './pipeline-traffic.ts';

const O = '/storage/v1/b/pillbox/o/jobs%2Fa%2F';

test.each([
  [`${O}work%2F7%2Fparts%2F0.tar?alt=media`, true],
  [`/download${O}work%2F7%2Fcompose%2Fx`, true],
  ['/upload/storage/v1/b/pillbox/o?uploadType=multipart&name=jobs%2Fa%2Fout%2Ftrain-00000.tar', true],
  [`${O}out%2Ftrain-00000.tar/compose`, false],
  [`${O}work%2F7%2Fparts%2F0.tar`, false],
  [`${O}work%2F7%2Fmarkers%2F0.json?alt=media`, false],
  ['/storage/v1/b/pillbox/o?prefix=jobs%2Fa%2Fwork%2F7%2Fparts%2F', false],
  ['/v2/projects/p/locations/l/queues/shard/tasks', false],
])('the content of records is what counts: %s', (url, expected) => {
  expect(movesRecords(url)).toBe(expected);
});

test('a function started through it reaches its cloud, and every body is counted', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-traffic-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const cloud = createServer(async (request, response) => {
    response.writeHead(201).end(`got ${await text(request)}`);
  });
  await new Promise<void>((resolve) => void cloud.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void cloud.close());
  const proxy = await openTrafficProxy(dir);
  onTestFinished(() => proxy.close());

  const entry = join(dir, 'box.mjs');
  const send = (name: string, body: string) =>
    `await fetch(process.env.PILLBOX_CLOUD_ENDPOINT + '/upload/b/o?name=${name}', { method: 'POST', body: '${body}' })`;
  await writeFile(
    entry,
    `const one = ${send('x/parts/1', '12345')};\nconst two = ${send('x.json', '123')};\nconsole.log(one.status, await one.text(), await two.text());`,
  );
  const redirected = await proxy.redirect({ name: 'box', entry } as RegisteredFunction);
  const endpoint = `http://127.0.0.1:${(cloud.address() as AddressInfo).port}`;
  const env = { ...process.env, PILLBOX_CLOUD_ENDPOINT: endpoint };
  const { stdout } = await promisify(execFile)(process.execPath, [redirected.entry], { env });
  expect(stdout).toBe('201 got 12345 got 123\n');
  expect(proxy.read()).toEqual({ requests: 2, bytes: 5 + 9 + 3 + 7, recordBytes: 5 + 9 });
});
