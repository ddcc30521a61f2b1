import { expect, test } from 'vitest';
import { type CombineTraffic, measureCombine } from '../../test/fixtures/pipeline/combine-traffic.ts';
import { workFolder } from '../../test/fixtures/pipeline/read-outputs.ts';

async function expectPointersAlone({ store, names, recordBytes }: CombineTraffic): Promise<void> {
  const work = await workFolder(store);
  const pointers = [`${work}plan.json`, `${work}markers/`, `${work}end-of-archive`, `${work}done.json`];
  const outputs = ['failures.jsonl', 'provenance.json', 'metadata.json'].map(
    (file) => `jobs/demo/out/${file}`,
  );
  const known = [...pointers, ...outputs];
  expect([...names].filter((name) => !known.some((one) => name.startsWith(one)))).toEqual([]);
  expect(recordBytes).toBe(0);
}

test('what goes through combine is as much for large records as for small ones', async () => {
  const small = await measureCombine(16);
  const large = await measureCombine(160);
  await expectPointersAlone(small);
  await expectPointersAlone(large);
  expect(large.tarBytes).toBeGreaterThan(3 * small.tarBytes);
  // Markers hold sizes and checksums: a digit more here and there, for records ten times as large.
  expect(Math.abs(large.readBytes / small.readBytes - 1)).toBeLessThan(0.02);
  expect(Math.abs(large.writtenBytes / small.writtenBytes - 1)).toBeLessThan(0.02);
});
