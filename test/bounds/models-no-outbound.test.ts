/** A service that predicts talks to its callers and to nobody else: seen from the kernel's side and from Node's. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boxProcessOptions } from '../../infra/local/supervisor/box-process-options.ts';
import { childrenOf, socketsOf } from '../fixtures/privacy/sockets-of.ts';

const ROOT = join(import.meta.dirname, '../..');
const PHOTO = readFileSync(join(ROOT, 'test/fixtures/images/photo.jpg'));
const EXAMPLE: unknown = JSON.parse(
  readFileSync(join(ROOT, 'functions/diabetes/models/diabetes.card.json'), 'utf8'),
).example;
const WATCH_EVERY_MS = 2;
/** Afterwards: what is to be reported would be gathered first, and sent in a thread of its own. */
const LINGER_MS = 1500;

let modelCache: string;
beforeAll(async () => {
  modelCache = await mkdtemp(join(tmpdir(), 'pillbox-models-'));
});
afterAll(() => rm(modelCache, { recursive: true }));

const onLinux = test.skipIf(!existsSync('/proc/self/net/tcp'));

onLinux('pictures and rows are predicted and explained without a connection to anywhere', async () => {
  const service = await startService();
  const observed = await watched(service, async (port) => {
    const picture = { body: PHOTO, headers: { 'content-type': 'image/jpeg' } };
    const row = { body: JSON.stringify(EXAMPLE), headers: { 'content-type': 'application/json' } };
    const asks = [
      ['/retina', picture],
      ['/retina?explain=true', picture],
      ['/tabular?explain=true', row],
      ['/retina', picture],
    ] as const;
    for (const [path, ask] of asks) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', ...ask });
      expect(response.status, path).toBe(200);
      await response.arrayBuffer();
    }
    expect(readFileSync(`/proc/${service.child.pid}/maps`, 'utf8')).toMatch(/libonnxruntime\.so/);
  });
  expect(observed.errors).toMatch(/^RUNTIME ORT_DISABLE_TELEMETRY=1$/m);
  expect(observed.errors).not.toMatch(/OUTWARD|TELEMETRY=(?!1)/);
  expect({ foreign: observed.foreign, children: observed.children }).toEqual({ foreign: [], children: [] });
  expect(observed.looks).toBeGreaterThan(50);
});

onLinux.each([
  [
    'a connection',
    'TCPCONNECTWRAP',
    ['tcp'],
    (port: number) => `import net from 'node:net';setTimeout(()=>net.connect(${port},'127.0.0.1'),300)`,
  ],
  [
    'a datagram',
    'UDPWRAP',
    ['udp'],
    (port: number) =>
      `import udp from 'node:dgram';setTimeout(()=>udp.createSocket('udp4').send('x',${port},'127.0.0.1'),300)`,
  ],
  [
    'a look-up',
    'GETADDRINFOREQWRAP',
    undefined,
    () => `import dns from 'node:dns';setTimeout(()=>dns.lookup('pillbox.invalid',()=>{}),300)`,
  ],
] as const)('%s, if there were one, would be seen', async (_, type, kinds, program) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  try {
    const service = await startService([
      '--import',
      `data:text/javascript,${encodeURIComponent(program(port))}`,
    ]);
    const observed = await watched(service, () => sleep(500));
    expect(observed.errors).toContain(`OUTWARD ${type}`);
    if (kinds !== undefined) expect(observed.foreign.map(({ kind }) => kind)).toEqual(kinds);
  } finally {
    other.close();
  }
});

interface Service {
  readonly child: ChildProcess;
  readonly port: number;
  readonly errors: Promise<string>;
}

async function startService(more: readonly string[] = []): Promise<Service> {
  const { nodeFlags, env } = boxProcessOptions(256);
  const witness = join(ROOT, 'test/fixtures/privacy/network-witness.ts');
  const entry = join(ROOT, 'functions/diabetes/node.ts');
  const child = spawn(process.execPath, [...nodeFlags, '--import', witness, ...more, entry], {
    env: {
      PATH: process.env['PATH'],
      ...env,
      PORT: '0',
      PILLBOX_LISTEN_HOST: '127.0.0.1',
      PILLBOX_MODEL_CACHE: modelCache,
      ORT_DISABLE_TELEMETRY: '0',
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const errors = child.stderr === null ? Promise.resolve('') : text(child.stderr);
  const ended = once(child, 'exit').then(async () => {
    throw new Error(`the service ended: ${await errors}`);
  });
  const [message]: { listeningPort?: number }[] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => undefined);
  return { child, errors, port: message?.listeningPort ?? 0 };
}

/** What the service held beside what it listens on, its callers' connections, and the pipes that it was started with. */
async function watched({ child, port, errors }: Service, use: (port: number) => Promise<unknown>) {
  const pid = child.pid ?? 0;
  const own = new Set(socketsOf(pid).flatMap(({ kind, inode }) => (kind === 'unix' ? [inode] : [])));
  const foreign = new Map<string, ReturnType<typeof socketsOf>[number]>();
  const children = new Set<string>();
  const using = { over: false };
  let looks = 0;
  try {
    const used = use(port)
      .then(() => sleep(LINGER_MS))
      .finally(() => {
        using.over = true;
      });
    while (!using.over) {
      for (const socket of socketsOf(pid)) {
        if (!own.has(socket.inode) && !(socket.kind === 'tcp' && socket.localPort === port))
          foreign.set(socket.inode, socket);
      }
      for (const one of childrenOf(pid)) children.add(one);
      looks += 1;
      await sleep(WATCH_EVERY_MS);
    }
    await used;
  } finally {
    child.kill('SIGKILL');
  }
  return { foreign: [...foreign.values()], children: [...children], errors: await errors, looks };
}
