/** `pillbox cloud` as a user's shell runs it, and the commands that look into it from another terminal. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openGoogleQueue } from '../../../shared/tasks/google-task-queue.ts';

const ENTRY = join(import.meta.dirname, '..', 'pillbox.ts');
const WHERE = { projectId: 'pillbox-local', location: 'us-central1' };

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-cloud-command-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function spawnIn(
  cwd: string,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
): ChildProcessByStdio<null, Readable, Readable> {
  const { PILLBOX_CLOUD_ENDPOINT: _, ...rest } = process.env;
  const env = { ...rest, ...more };
  return spawn(process.execPath, [ENTRY, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

const run = (cwd: string, ...args: string[]) => runWith({}, cwd, ...args);

async function runWith(env: NodeJS.ProcessEnv, cwd: string, ...args: string[]) {
  const child = spawnIn(cwd, args, env);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

async function startCloud(name: string, ...args: string[]) {
  const cwd = join(dir, name);
  const child = spawnIn(dir, ['cloud', '--port', '0', '--data', cwd, ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const first = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      resolve();
    });
  });
  await first;
  const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(lines[0] ?? '')?.[0] ?? '';
  const pillbox = (...more: string[]) => run(dir, ...more, '--data', cwd);
  return { child, lines, origin, cwd, pillbox };
}

/** A target that answers as it is told. */
async function listen(status: () => number) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.writeHead(status()).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('starts, prints settings, sends the tasks of a queue to its target, ends within a second and starts again', async () => {
  const { seen, url } = await listen(() => 200);
  const cloud = await startCloud('one', '--bucket', 'demo', '--queue', `resize=5,2,${url}/resize`);
  await expect.poll(() => cloud.lines.at(-1)).toContain('/queues');
  const printed = cloud.lines.join('\n');
  expect(printed).toContain('queues/resize: 5 a second, 2 at once');
  for (const word of ['STORAGE_EMULATOR_HOST', 'Node', 'Python', 'Go', 'gcloud', 'curl'])
    expect(printed).toContain(word);
  const queue = openGoogleQueue({ ...WHERE, endpoint: cloud.origin, boxUrl: 'http://nowhere.invalid/{box}' });
  await queue.enqueue({ box: 'resize', path: '/x', body: {} });
  await expect.poll(() => seen).toEqual(['POST /resize']);
  const bucket = new Storage({ apiEndpoint: cloud.origin, projectId: 'p' }).bucket('demo');
  await bucket.file('kept').save('text');

  const endedMs = Date.now();
  cloud.child.kill('SIGINT');
  await once(cloud.child, 'exit');
  expect(Date.now() - endedMs).toBeLessThan(5_000);
  expect(cloud.child.exitCode).toBe(0);
  expect(await readdir(cloud.cwd)).toEqual(['cloud']);

  const again = await startCloud('one', '--quiet');
  expect(again.lines).toHaveLength(1);
  expect((await again.pillbox('ls', 'gs://demo/')).stdout).toBe('gs://demo/kept\n');
});

test('queues and tasks, seen and steered', async () => {
  let status = 503;
  const { seen, url } = await listen(() => status);
  const { origin, pillbox } = await startCloud('two', '--queue', 'work', '--queue', 'other');
  await pillbox('tasks', 'pause', 'work');
  const queue = openGoogleQueue({ ...WHERE, endpoint: origin, boxUrl: `${url}/{box}` });
  await queue.enqueue({ box: 'work', path: '/x', body: { secret: 'hush' } });
  const list = await pillbox('tasks');
  expect(list).toMatchObject({ code: 0, stderr: '' });
  expect(list.stdout.split('\n')).toMatchObject([
    expect.stringMatching(/^QUEUE +STATE +TASKS/),
    expect.stringMatching(/^other +running +0 /),
    expect.stringMatching(/^work +paused +1 /),
    '',
  ]);
  const id = /work\/\d+/.exec((await pillbox('tasks', 'work')).stdout)?.[0] ?? '';
  expect((await pillbox('tasks', 'duplicate', id)).stdout).toBe(`sent a copy of ${id}\n`);
  expect((await pillbox('tasks', 'run', id)).stdout).toBe(`sent ${id}\n`);
  await expect.poll(() => seen.length).toBe(2);
  const [json] = (await pillbox('tasks', 'work', '--json')).stdout.trim().split('\n');
  expect(JSON.parse(json ?? '')).toMatchObject({ attempts: 1, lastStatus: 503, payloadBytes: 17 });
  expect(json).not.toContain('hush');
  expect((await pillbox('tasks', 'work')).stdout).toMatch(/ 1 +(in \d+ ms|now|\d+ \w+ ago) +HTTP 503 +17 B/);
  status = 200;
  expect((await pillbox('tasks', 'purge', 'work')).stdout).toBe('removed 1 tasks of work\n');
  expect((await pillbox('tasks', 'resume', 'work')).stdout).toBe('resumed work\n');
  expect((await pillbox('tasks', 'work')).stdout).toBe('work holds no tasks.\n');
  for (const args of [
    ['tasks', 'none'],
    ['tasks', 'run', 'work/none'],
    ['tasks', 'purge', 'none'],
  ]) {
    expect(await pillbox(...args)).toMatchObject({ code: 3, stdout: '' });
  }
  expect(await pillbox('tasks', 'run', 'work')).toMatchObject({ code: 2 });
});

test('events, seen and sent again', async () => {
  const { seen, url } = await listen(() => 204);
  const { origin, pillbox } = await startCloud('three', '--events', `inbox/in/*=${url}/arrived`);
  const bucket = new Storage({ apiEndpoint: origin, projectId: 'p' }).bucket('inbox');
  await bucket.file('in/\u001b[2Ja').save('text');
  await expect.poll(() => seen).toEqual(['POST /arrived']);
  const name = 'finalized:inbox/in/*';
  expect((await pillbox('events')).stdout).toMatch(/finalized:inbox\/in\/\* +0 +0 +- +1 +0 +HTTP 204 +http/);
  const [row] = (await pillbox('events', name, '--json')).stdout.trim().split('\n');
  const { id, state } = JSON.parse(row ?? '') as { id: string; state: string };
  expect(state).toBe('delivered');
  expect((await pillbox('events', name)).stdout).not.toContain('\u001b');
  expect((await pillbox('events', 'replay', id)).stdout).toBe(`sent ${id} again to ${name}\n`);
  await expect.poll(() => seen.length).toBe(2);
  expect(await pillbox('events', 'replay', 'none')).toMatchObject({ code: 3 });
  expect(await pillbox('events', 'none')).toMatchObject({ code: 3 });
});

test('a reset empties it, running or not, but never without being told', async () => {
  const cloud = await startCloud('four', '--bucket', 'demo');
  const { origin, pillbox, cwd } = cloud;
  const bucket = new Storage({ apiEndpoint: origin, projectId: 'p' }).bucket('demo');
  await bucket.file('x').save('x');
  expect(await pillbox('reset')).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
  expect((await pillbox('ls', 'gs://demo/')).stdout).toBe('gs://demo/x\n');
  expect((await pillbox('reset', '--yes')).stdout).toBe(`emptied ${origin}\n`);
  expect(await pillbox('ls', 'gs://demo/')).toMatchObject({ code: 3 });

  cloud.child.kill('SIGKILL');
  await once(cloud.child, 'exit');
  expect((await pillbox('reset', '--yes')).stdout).toBe(`emptied ${join(cwd, 'cloud')}\n`);
  expect(await readdir(join(cwd, 'cloud'))).toEqual([]);
  expect(await pillbox('reset', '--yes')).toMatchObject({ code: 3 });
});

test('a reset of a folder whose local cloud was killed leaves alone the one that took its port', async () => {
  const killed = await startCloud('killed', '--bucket', 'demo');
  killed.child.kill('SIGKILL');
  await once(killed.child, 'exit');
  expect(await readdir(killed.cwd)).toContain('cloud.json');
  const { port } = new URL(killed.origin);
  const other = await startCloud('other', '--bucket', 'demo', '--port', port);
  expect(other.origin).toBe(killed.origin);
  await new Storage({ apiEndpoint: other.origin, projectId: 'p' }).bucket('demo').file('x').save('x');
  const emptied = `emptied ${join(killed.cwd, 'cloud')}\n`;
  expect((await killed.pillbox('reset', '--yes')).stdout).toBe(emptied);
  // A Pillbox that was killed, whose process id is another's by now.
  const { origin: cloud } = other;
  const run = { pid: 1, edge: cloud, cloud, boxes: cloud };
  await writeFile(join(killed.cwd, 'run.json'), JSON.stringify(run));
  expect(await killed.pillbox('reset', '--yes')).toMatchObject({ code: 3 });
  expect(await killed.pillbox('tasks')).toMatchObject({ code: 3 });
  expect((await other.pillbox('ls', 'gs://demo/')).stdout).toBe('gs://demo/x\n');
});

test('a folder named on the command line wins over the variable, and the variable over the default', async () => {
  const [named, byVariable] = await Promise.all([startCloud('named'), startCloud('by-variable')]);
  const env = { PILLBOX_CLOUD_ENDPOINT: byVariable.origin };
  const { stdout } = await runWith(env, dir, 'reset', '--yes', '--data', named.cwd);
  expect(stdout).toBe(`emptied ${named.origin}\n`);
  expect((await runWith(env, dir, 'reset', '--yes')).stdout).toBe(`emptied ${byVariable.origin}\n`);
  expect(await runWith(env, dir, 'tasks', '--data', 'nowhere')).toMatchObject({ code: 3 });
  expect(await runWith(env, dir, 'tasks')).toMatchObject({ code: 0 });
  expect((await run(dir, 'reset', '--help')).stdout).toContain('PILLBOX_CLOUD_ENDPOINT');
});

test('what is not there, and what is taken', async () => {
  expect(await run(dir, 'tasks', '--data', 'nowhere')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('npx pillbox cloud'),
  });
  expect(await run(dir, 'tasks', '--endpoint', 'http://127.0.0.1:1')).toMatchObject({ code: 3 });
  expect(await run(dir, 'tasks', '--endpoint', 'x')).toMatchObject({ code: 2 });
  const { url } = await listen(() => 200);
  expect(await run(dir, 'tasks', '--endpoint', url)).toMatchObject({ code: 1 });
  const { origin, cwd } = await startCloud('five');
  expect(await run(dir, 'cloud', '--data', cwd)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(origin),
  });
  const { port } = new URL(origin);
  const taken = await run(dir, 'cloud', '--data', 'six', '--port', port);
  expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining(`port ${port} is taken`) });
  await writeFile(join(dir, 'bad.json'), '{"queues":[{"name":"q"}]}');
  expect(await run(dir, 'cloud', '--data', 'six', '--config', 'bad.json')).toMatchObject({ code: 1 });
});
