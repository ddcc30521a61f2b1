/** A large object goes through the local cloud in bounded memory, in both directions. */

import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeCloudDir, startCloudMain } from './cloud-main.ts';

const MIB = 1024 * 1024;
/** A GiB, or as many MiB as the environment says: 8192 was tried by hand. */
const OBJECT_MIB = Number(process.env['PILLBOX_LARGE_OBJECT_MIB'] ?? 1024);
const LIMIT_MIB = 200;

const canMeasure = existsSync('/proc/self/status');

test.skipIf(!canMeasure)(
  `${OBJECT_MIB} MiB are put and got while the process stays under ${LIMIT_MIB} MiB (needs /proc)`,
  async () => {
    const cloud = await startCloudMain(await makeCloudDir());
    const put = await cloud.store.create('large', pattern());
    expect(put.sizeBytes).toBe(OBJECT_MIB * MIB);
    const peakAfterPutMib = await cloud.peakMib();

    // The store holds the whole read to the object's CRC32C.
    let gotBytes = 0;
    for await (const chunk of cloud.store.read('large')) gotBytes += chunk.length;
    expect(gotBytes).toBe(OBJECT_MIB * MIB);

    const peakMib = await cloud.peakMib();
    console.log(`peak: ${peakAfterPutMib.toFixed(0)} MiB after put, ${peakMib.toFixed(0)} MiB after get`);
    expect(peakMib).toBeGreaterThan(20);
    expect(peakMib).toBeLessThan(LIMIT_MIB);
  },
  Math.max(120_000, OBJECT_MIB * 120),
);

/** Chunks that differ, so that one lost or twice is found. */
async function* pattern(): AsyncGenerator<Buffer> {
  for (let i = 0; i < OBJECT_MIB; i += 1) {
    const chunk = Buffer.alloc(MIB, i);
    chunk.writeUInt32BE(i);
    yield chunk;
  }
}
