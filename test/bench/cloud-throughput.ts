/** What goes through the local cloud and through fake-gcs-server, by Google's own client, in turns in the same run. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCloudProcess } from '../../infra/local/cloud-process.ts';
import { FAKE_GCS, startFakeGcs } from '../differential/other-clouds.ts';
import type { StartedServer } from '../differential/other-server.ts';
import { LOADS, type Measured, measureLoads } from './cloud-throughput-loads.ts';
import type { Figure } from './figures.ts';

/** Of each server; the median counts. */
const ROUNDS = Number(process.env['PILLBOX_BENCH_ROUNDS'] ?? 5);

type Server = 'ours' | 'memory' | 'filesystem';

/** A figure stands twice: beside the memory backend and, as `…@files`, beside the file system backend of the other. */
export async function benchThroughput(): Promise<Figure[]> {
  if (FAKE_GCS === undefined) {
    console.log(
      'PILLBOX_FAKE_GCS names no fake-gcs-server (test/differential/install.sh): figures without a baseline',
    );
  }
  const servers: [Server, StartedServer][] = [];
  const rounds: Record<Server, Measured[]> = { ours: [], memory: [], filesystem: [] };
  try {
    servers.push(['ours', await startOurs()]);
    if (FAKE_GCS !== undefined) {
      servers.push(['memory', await startFakeGcs(FAKE_GCS, 'memory')]);
      servers.push(['filesystem', await startFakeGcs(FAKE_GCS, 'filesystem')]);
    }
    // The first of each is for warmth.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [name, server] of servers) {
        const measured = await measureLoads(server, round);
        if (round > 0) rounds[name].push(measured);
      }
    }
  } finally {
    for (const [, server] of servers) await server.close();
  }
  return FAKE_GCS === undefined
    ? figuresBeside(rounds, undefined, '')
    : [...figuresBeside(rounds, 'memory', ''), ...figuresBeside(rounds, 'filesystem', '@files')];
}

async function startOurs(): Promise<StartedServer> {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-throughput-'));
  const cloud = await startCloudProcess({
    dir,
    port: 0,
    config: {},
    onLine: (line) => console.error(line),
    onDeath: () => {},
  });
  return {
    origin: cloud.origin,
    pid: cloud.pid,
    async close() {
      await cloud.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function figuresBeside(
  rounds: Readonly<Record<Server, readonly Measured[]>>,
  other: Server | undefined,
  suffix: string,
): Figure[] {
  return LOADS.flatMap(({ name, unit }) => {
    const figure = (what: 'rate' | 'serverCpuMs', label: string, figureUnit: string): Figure => ({
      name: `cloud.${name}${label}${suffix}`,
      value: median(rounds.ours.map((measured) => measured[name][what])),
      unit: figureUnit,
      ...(other !== undefined && {
        baseline: median(rounds[other].map((measured) => measured[name][what])),
      }),
    });
    return [
      figure('rate', '', unit === 'MB' ? 'MB/s' : 'objects/s'),
      figure('serverCpuMs', '.serverCpu', `ms/${unit}`),
    ];
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
