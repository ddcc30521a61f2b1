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

const PREFERRED: Ports = { edge: 8787, cloud: 8788, boxes: 8789 };
const HOST = '127.0.0.1';

/**
 * Takes the wanted edge port, or the usual ones, or any free ones in their place. Throws when `edgePort` was asked
 * for and is taken.
 * @param edgePort 0 = any, and then any for the others too: of two that start at once, both would find the usual ones free.
 */
export async function choosePorts(edgePort?: number): Promise<Ports> {
  if (edgePort !== undefined && edgePort !== 0 && !(await isFree(edgePort))) {
    throw new Error(`port ${edgePort} is taken; choose another with --port`);
  }
  const edge = edgePort === undefined ? await freePort(PREFERRED.edge, []) : await freePort(edgePort, []);
  const usual = edgePort === 0 ? { cloud: 0, boxes: 0 } : PREFERRED;
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
