import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as z from 'zod';

const ENTRY = new URL('./extras-process.fixture.ts', import.meta.url).pathname;
const measuredSchema = z.object({ records: z.number(), subjects: z.number(), peakMiB: z.number() });

async function measure(records: number): Promise<z.infer<typeof measuredSchema>> {
  // The heap that a box of 256 MiB has.
  const flags = ['--max-old-space-size=102', '--max-semi-space-size=1'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, ENTRY, String(records)]);
  return measuredSchema.parse(JSON.parse(stdout));
}

test('table and proof of many records leave the box room', async () => {
  const many = await measure(30_000);
  expect(many.subjects).toBeGreaterThan(15_000);
  // Measured: 160 MiB at 107,949 records and 176 at 400,000, of which 99 are there at one.
  expect(many.peakMiB).toBeLessThan(200);
});
