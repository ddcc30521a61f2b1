/** Both model services inside a real memory cgroup with eight clients at once: answered, and never killed. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { findCgroupParent } from '../../infra/cli/fit/cgroup-parent.ts';
import { prepareImageModels } from '../../shared/images/prepare-models.ts';
import { type GroupedService, startGroupedService } from '../fixtures/services/grouped-service.ts';
import { type MixedAsk, mixedAsks } from '../fixtures/services/mixed-asks.ts';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = process.env['PILLBOX_MODEL_CACHE'] ?? join(tmpdir(), 'pillbox-models');
const MIB = 1024 * 1024;
const LIMIT_MIB = 256;
/**
 * Less than the heaps and buffers of a service with a picture in work. With the pages of its files on top it would be
 * killed too, but only after the kernel has read them anew for minutes.
 */
const TOO_LITTLE_MIB = 64;
const CLIENTS = 8;
const LOAD_MS = 20_000;

const parent = findCgroupParent();
const why = parent === undefined ? ' (skipped: no memory cgroup can be made here)' : '';
const inGroup = test.skipIf(parent === undefined);

beforeAll(async () => {
  if (parent !== undefined) await prepareImageModels(join(ROOT, 'functions'), CACHE, () => undefined);
}, 300_000);

inGroup.each([
  ['diabetes', '/retina'],
  ['heart', '/ecg'],
])(`%s answers eight clients within ${LIMIT_MIB} MiB, %s included${why}`, async (name, path) => {
  const service = await start(name, LIMIT_MIB, true);
  const asks = await mixedAsks(name, path);
  const { counts, wrong, perSecond } = await load(service, asks);
  const memory = await service.memory();
  report(name, { counts, perSecond, memory });
  expect({ wrong, kills: memory.kills, alive: service.isAlive() }).toEqual({
    wrong: [],
    kills: 0,
    alive: true,
  });
  // Each kind was answered, not merely turned away.
  expect(asks.map(({ name }) => name).filter((name) => (counts.get(name) ?? 0) === 0)).toEqual([]);
});

inGroup(`diabetes is killed within ${TOO_LITTLE_MIB} MiB${why}`, async () => {
  const service = await start('diabetes', TOO_LITTLE_MIB, false);
  const { counts } = await load(service, await mixedAsks('diabetes', '/retina'));
  const memory = await service.memory();
  report('diabetes, too little', { counts, perSecond: 0, memory });
  expect({ alive: service.isAlive(), killed: memory.kills > 0 }).toEqual({ alive: false, killed: true });
});

async function start(name: string, groupMiB: number, chargesFiles: boolean): Promise<GroupedService> {
  const service = await startGroupedService({
    name,
    parent: parent ?? '',
    groupMiB,
    statedMiB: LIMIT_MIB,
    modelCache: CACHE,
    chargesFiles,
  });
  onTestFinished(() => service.stop());
  return service;
}

/** Each client goes through all that there is to ask, from a place of its own; a service that ended ends the load. */
async function load(service: GroupedService, asks: readonly MixedAsk[]) {
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  const startMs = performance.now();
  const client = async (_: unknown, at: number) => {
    for (let step = at * 2; performance.now() - startMs < LOAD_MS && service.isAlive(); step++) {
      const one = asks[step % asks.length];
      if (one === undefined) return;
      const status = await send(service.origin, one);
      const key = status === one.status ? one.name : status === 'busy' ? 'busy' : 'wrong';
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (key === 'wrong') wrong.push(`${one.name}: ${status}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return { counts, wrong, perSecond: (1000 * total) / (performance.now() - startMs) };
}

/** The status, 'busy' for 503 with Retry-After, or the reason why there was no answer. */
async function send(origin: string, { path, body, contentType }: MixedAsk): Promise<number | string> {
  const headers: Record<string, string> = contentType === undefined ? {} : { 'content-type': contentType };
  try {
    const response = await fetch(`${origin}${path}`, { method: 'POST', headers, body });
    await response.arrayBuffer();
    return response.status === 503 && response.headers.has('retry-after') ? 'busy' : response.status;
  } catch (error) {
    return error instanceof Error ? error.message : 'no answer';
  }
}

/** PILLBOX_TEST_FIGURES=1 prints what was measured. */
function report(
  name: string,
  figures: {
    readonly counts: ReadonlyMap<string, number>;
    readonly perSecond: number;
    readonly memory: Awaited<ReturnType<GroupedService['memory']>>;
  },
): void {
  if (process.env['PILLBOX_TEST_FIGURES'] !== '1') return;
  const { peakBytes, anonymousPeakBytes, highWaterBytes, kills } = figures.memory;
  const [group, anonymous, highWater] = [peakBytes, anonymousPeakBytes, highWaterBytes].map((bytes) =>
    Math.round(bytes / MIB),
  );
  console.log(name, { group, anonymous, highWater, kills, perSecond: figures.perSecond }, figures.counts);
}
