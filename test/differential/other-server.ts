/** A server of others, as a process of its own on a free port, that ends with the test. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenCloud } from '../contracts/storage-client.contract.ts';

export interface OtherServer {
  /** Path of the program. */
  readonly program: string;
  /** How it is told its port. */
  readonly args?: (port: number) => readonly string[];
  readonly env?: (port: number) => Readonly<Record<string, string>>;
  /** Answered over HTTP, with whatever status, as soon as it serves; undefined = it serves where it takes a connection. */
  readonly readyPath: string | undefined;
}

export interface StartedServer extends OpenCloud {
  readonly pid: number;
}

const START_LIMIT_MS = 20_000;
const POLL_MS = 50;
const ANSWER_LIMIT_MS = 2000;

/** Rejects where the program ends before it serves, or does not serve in 20 s; then it is killed. */
export async function startOtherServer(server: OtherServer): Promise<StartedServer> {
  const port = await freePort();
  const child = spawn(server.program, server.args?.(port) ?? [], {
    env: { PATH: process.env['PATH'], ...server.env?.(port) },
    stdio: 'ignore',
  });
  let ended = false;
  const end = once(child, 'exit').finally(() => {
    ended = true;
  });
  end.catch(() => {});
  const close = async () => {
    child.kill('SIGKILL');
    await end;
  };
  const origin = `http://127.0.0.1:${port}`;
  const limitMs = Date.now() + START_LIMIT_MS;
  // A port that serves after the program has ended is another's.
  while (!(await serves(port, server.readyPath)) || ended) {
    if (ended || Date.now() >= limitMs) {
      if (!ended) await close();
      throw new Error(`${server.program} did not start`);
    }
    await sleep(POLL_MS);
  }
  return { origin, pid: child.pid ?? 0, close };
}

/** Never rejects. */
async function serves(port: number, path: string | undefined): Promise<boolean> {
  if (path !== undefined) {
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    return fetch(`http://127.0.0.1:${port}${path}`, { signal })
      .then((response) => response.arrayBuffer())
      .then(
        () => true,
        () => false,
      );
  }
  const socket = connect(port, '127.0.0.1');
  const taken = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return taken;
}

/** Taken by nobody at this moment: none of these servers can be asked for any port. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
