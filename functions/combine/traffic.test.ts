import { expect, test } from 'vitest';
import type { ObjectBody, ObjectStore } from '../../shared/storage/object-store.ts';
import { createPipelineRun } from '../../test/fixtures/pipeline/pipeline-run.ts';
import { listNames, workFolder } from '../../test/fixtures/pipeline/read-outputs.ts';
import { writeSampleJob } from '../../test/fixtures/pipeline/sample-job.ts';

interface Traffic {
  readBytes: number;
  writtenBytes: number;
  readonly names: Set<string>;
}

const sizeOf = (body: ObjectBody): number => {
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.byteLength;
  throw new Error('combine streams nothing');
};

function counted(store: ObjectStore, traffic: Traffic): ObjectStore {
  return {
    ...store,
    async *read(name, options) {
      traffic.names.add(name);
      for await (const chunk of store.read(name, options)) {
        traffic.readBytes += chunk.byteLength;
        yield chunk;
      }
    },
    create(name, body, options) {
      traffic.names.add(name);
      traffic.writtenBytes += sizeOf(body);
      return store.create(name, body, options);
    },
  };
}

/** What goes through combine for 24 records with pictures of this size, and how large its tars are. */
async function measure(imageSize: number): Promise<Traffic & { tarBytes: number }> {
  const traffic: Traffic = { readBytes: 0, writtenBytes: 0, names: new Set() };
  const run = createPipelineRun({
    wrapStore: (store, box) => (box === 'combine' ? counted(store, traffic) : store),
  });
  const options = {
    shardRecords: 2,
    partsPerTar: 3,
    image: { size: imageSize },
    parquet: true,
    smallPerSplit: 2,
  };
  await writeSampleJob(run.store, { records: 24, options });
  await run.announce('demo');
  await run.drive();
  const work = await workFolder(run.store);
  const pointers = [`${work}plan.json`, `${work}markers/`, `${work}end-of-archive`, `${work}done.json`];
  const outputs = ['failures.jsonl', 'provenance.json', 'metadata.json'].map(
    (file) => `jobs/demo/out/${file}`,
  );
  const known = [...pointers, ...outputs];
  expect([...traffic.names].filter((name) => !known.some((one) => name.startsWith(one)))).toEqual([]);
  let tarBytes = 0;
  for (const name of await listNames(run.store, 'jobs/demo/out/')) {
    if (name.endsWith('.tar')) tarBytes += (await run.store.stat(name))?.sizeBytes ?? 0;
  }
  return { ...traffic, tarBytes };
}

test('what goes through combine is as much for large records as for small ones', async () => {
  const small = await measure(16);
  const large = await measure(160);
  expect(large.tarBytes).toBeGreaterThan(3 * small.tarBytes);
  // Markers hold sizes and checksums: a digit more here and there, for records ten times as large.
  expect(Math.abs(large.readBytes / small.readBytes - 1)).toBeLessThan(0.02);
  expect(Math.abs(large.writtenBytes / small.writtenBytes - 1)).toBeLessThan(0.02);
});
