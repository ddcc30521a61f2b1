/** Starts a service as a box, sends it requests, and reads what it took. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { boxProcessOptions } from '../../infra/local/supervisor/box-process-options.ts';
import { type MemoryReading, parseProcStatus } from '../../shared/budget/memory-meter.ts';

export interface Ask {
  readonly path: string;
  readonly contentType: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

export interface ServiceRun {
  /** Start of the process to the end of its first answer. */
  readonly coldStartMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** With `clients` at once. */
  readonly requestsPerSecond: number;
  readonly memory: MemoryReading;
}

export interface ServiceOptions {
  readonly entry: string;
  readonly args?: readonly string[];
  readonly limitMiB: number;
  readonly env?: Readonly<Record<string, string>>;
  /** One after another, for the times. */
  readonly requests: number;
  /** At once, for the rate and the peak: each sends `requests / clients`. */
  readonly clients: number;
  /** On one processor, as on Cloud Run with `cpu: 1`; by taskset, which every Linux has. */
  readonly oneProcessor?: boolean;
}

export async function measureService(ask: Ask, options: ServiceOptions): Promise<ServiceRun> {
  const startedAt = performance.now();
  const child = start(options);
  try {
    const origin = await listening(child);
    const send = () => request(origin, ask);
    await send();
    const coldStartMs = performance.now() - startedAt;
    const times = await inTurn(options.requests, send);
    const rateFrom = performance.now();
    const each = Math.ceil(options.requests / options.clients);
    await Promise.all(Array.from({ length: options.clients }, () => inTurn(each, send)));
    const rateSeconds = (performance.now() - rateFrom) / 1000;
    return {
      coldStartMs,
      p50Ms: quantile(times, 0.5),
      p99Ms: quantile(times, 0.99),
      requestsPerSecond: (each * options.clients) / rateSeconds,
      memory: readMemory(child),
    };
  } finally {
    child.kill('SIGKILL');
  }
}

function start({ entry, args = [], limitMiB, env = {}, oneProcessor }: ServiceOptions): ChildProcess {
  const box = boxProcessOptions(limitMiB);
  const prefix = oneProcessor === true ? ['taskset', '-c', '0'] : [];
  const [command = '', ...rest] = [...prefix, process.execPath, ...box.nodeFlags, entry, ...args];
  return spawn(command, rest, {
    env: { ...process.env, ...box.env, ...env, PORT: '0', PILLBOX_LISTEN_HOST: '127.0.0.1' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function listening(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the service ended with ${String(code)} before it listened`);
  });
  const [message]: { listeningPort?: number }[] = await Promise.race([once(child, 'message'), ended]);
  return `http://127.0.0.1:${message?.listeningPort}`;
}

async function request(origin: string, { path, contentType, body }: Ask): Promise<void> {
  const response = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
}

async function inTurn(count: number, send: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const before = performance.now();
    await send();
    times.push(performance.now() - before);
  }
  return times;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function readMemory({ pid }: ChildProcess): MemoryReading {
  const reading = parseProcStatus(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (reading === undefined) throw new Error('the service has ended');
  return reading;
}
