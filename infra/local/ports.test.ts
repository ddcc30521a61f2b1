/** What becomes of ports that were free when they were chosen, and are not when they are listened at. */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type Ports, startOnFreePorts } from './ports.ts';

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** One that nobody listens at now. */
async function onceFree(): Promise<number> {
  const server = await listen(0);
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const usualPorts = async (): Promise<Ports> => ({
  edge: await onceFree(),
  cloud: await onceFree(),
  boxes: await onceFree(),
});

/** Listens at each, one after another; what listened is closed again where one is taken. */
async function listenAll(ports: Ports): Promise<Ports> {
  const servers: Server[] = [];
  try {
    for (const port of [ports.cloud, ports.boxes, ports.edge]) servers.push(await listen(port));
    return ports;
  } catch (error) {
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
    throw error;
  }
}

test('those that start at once each get ports of their own', async () => {
  const usual = await usualPorts();
  const started = await Promise.all(Array.from({ length: 3 }, () => startOnFreePorts(listenAll, { usual })));
  expect(new Set(started.flatMap((ports) => Object.values(ports))).size).toBe(9);
});

test.each(['cloud', 'boxes', 'edge'] as const)('another takes the port of the %s first', async (which) => {
  const usual = await usualPorts();
  const tried: Ports[] = [];
  const started = await startOnFreePorts(
    async (ports) => {
      tried.push(ports);
      if (tried.length === 1) await listen(ports[which]);
      return listenAll(ports);
    },
    { usual },
  );
  expect(tried.length).toBeGreaterThan(1);
  expect(started[which]).not.toBe(tried[0]?.[which]);
});

test('a process that ends without a word of its port is started again too', async () => {
  let attempts = 0;
  await startOnFreePorts(
    async ({ edge }) => {
      attempts += 1;
      if (attempts > 1) return;
      await listen(edge);
      throw new Error('the edge ended at its start (1)');
    },
    { edgePort: 0 },
  );
  expect(attempts).toBe(2);
});

test('a port that was asked for is taken, or it is an error', async () => {
  const edgePort = await onceFree();
  const started = startOnFreePorts(
    async (ports) => {
      expect(ports.edge).toBe(edgePort);
      await listen(ports.edge);
      return listenAll(ports);
    },
    { edgePort, usual: await usualPorts() },
  );
  await expect(started).rejects.toThrow(`port ${edgePort} is taken; choose another with --port`);
});

// What is free may be given to another process of the machine at any time.
test('the cloud of another does not cost the port that was asked for', { retry: 3 }, async () => {
  const edgePort = await onceFree();
  let attempts = 0;
  const started = await startOnFreePorts(
    async (ports) => {
      attempts += 1;
      if (attempts === 1) await listen(ports.cloud);
      return listenAll(ports);
    },
    { edgePort, usual: await usualPorts() },
  );
  expect(started.edge).toBe(edgePort);
});

test('any other failure is the end, and so is the fifth', async () => {
  let attempts = 0;
  const failing = (message: string) => async () => {
    attempts += 1;
    throw new Error(message);
  };
  await expect(startOnFreePorts(failing('no model'), { edgePort: 0 })).rejects.toThrow('no model');
  expect(attempts).toBeLessThan(5);
  attempts = 0;
  const taken = 'the local cloud ended at its start (1): listen EADDRINUSE: address already in use';
  await expect(startOnFreePorts(failing(taken), { edgePort: 0 })).rejects.toThrow(taken);
  expect(attempts).toBe(5);
});
