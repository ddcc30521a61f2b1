/** The three ports of a laptop's Pillbox: the same at every start where they are free. */

import { createServer } from 'node:net';

export interface Ports {
  /** Model services; the one port a user needs to know. */
  readonly edge: number;
  /** The local cloud: storage, tasks, events. */
  readonly cloud: number;
  /** The supervisor's front to the boxes. */
  readonly boxes: number;
}

interface PortOptions {
  /** 0 = any, and then any for the others too. */
  readonly edgePort?: number | undefined;
  /** Taken where they are free and nothing else is asked for. */
  readonly usual?: Ports;
}

const USUAL: Ports = { edge: 8787, cloud: 8788, boxes: 8789 };
const ANY: Ports = { edge: 0, cloud: 0, boxes: 0 };
const HOST = '127.0.0.1';

/** After the first, each draws from all that are free: who loses so often is not held up by chance. */
const MAX_ATTEMPTS = 5;

/**
 * Has `start` listen at the wanted edge port, or the usual ones, or any free ones in their place. What is free now may be
 * taken by the time it is listened at, for one by another start: then `start`, which has to leave nothing behind when it
 * throws, is called again with others. Throws when `edgePort` was asked for and is taken, and what `start` throws otherwise.
 */
export async function startOnFreePorts<Started>(
  start: (ports: Ports) => Promise<Started>,
  { edgePort, usual = USUAL }: PortOptions = {},
): Promise<Started> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(edgePort, attempt === 1 && edgePort !== 0 ? usual : ANY);
    try {
      return await start(ports);
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !(await isOverPorts(error, ports))) throw error;
    }
  }
}

/** A process that listens tells by its exit alone, so it is looked whether others have its ports by now. */
async function isOverPorts(error: unknown, ports: Ports): Promise<boolean> {
  if (error instanceof Error && /EADDRINUSE|address already in use/i.test(error.message)) return true;
  for (const port of Object.values(ports)) if (!(await isFree(port))) return true;
  return false;
}

async function choosePorts(asked: number | undefined, usual: Ports): Promise<Ports> {
  const isAsked = asked !== undefined && asked !== 0;
  if (isAsked && !(await isFree(asked))) {
    throw new Error(`port ${asked} is taken; choose another with --port`);
  }
  const edge = isAsked ? asked : await freePort(usual.edge, []);
  const cloud = await freePort(usual.cloud, [edge]);
  return { edge, cloud, boxes: await freePort(usual.boxes, [edge, cloud]) };
}

async function freePort(wanted: number, taken: readonly number[]): Promise<number> {
  if (!taken.includes(wanted) && wanted !== 0 && (await isFree(wanted))) return wanted;
  const any = await tryListen(0);
  return any === undefined || taken.includes(any) ? freePort(0, taken) : any;
}

async function isFree(port: number): Promise<boolean> {
  return (await tryListen(port)) !== undefined;
}

/** Listens for a moment; resolves with the port, undefined when it is taken. */
function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
