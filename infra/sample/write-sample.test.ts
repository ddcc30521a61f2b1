import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SampleFolderError } from './sample-folder.ts';
import { writeSample } from './write-sample.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-sample-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('the same seed gives the same files; another seed gives others', async () => {
  const first = await writeSample({ dir: join(dir, 'a'), patients: 2, seed: 'x' });
  const second = await writeSample({ dir: join(dir, 'b'), patients: 2, seed: 'x' });
  await writeSample({ dir: join(dir, 'c'), patients: 2, seed: 'y' });
  expect(second).toEqual(first);
  expect(await digests(join(dir, 'b'))).toEqual(await digests(join(dir, 'a')));
  const other = await digests(join(dir, 'c'));
  expect(other.get('manifest.jsonl')).not.toBe((await digests(join(dir, 'a'))).get('manifest.jsonl'));
});

test('images are grey JPEGs of clinical size that differ from each other, and the manifest names them', async () => {
  const summary = await writeSample({ dir, patients: 3, seed: 'sizes' });
  const lines = await manifest(dir);
  expect(lines).toHaveLength(summary.records);
  const seen = new Set<string>();
  for (const line of lines) {
    const record = JSON.parse(line);
    expect(record.image).toMatch(/^files\/p1\d\/p1\d{7}\/s5\d{7}\/[0-9a-f]{8}(-[0-9a-f]{8}){4}\.jpg$/);
    const jpeg = await readFile(join(dir, record.image));
    expect(jpeg.byteLength).toBeGreaterThan(900_000);
    expect(jpeg.byteLength).toBeLessThan(2_500_000);
    const { width, height, components } = jpegFrame(jpeg);
    expect(components).toBe(1);
    expect(Math.abs(width - 2500)).toBeLessThan(150);
    expect(Math.abs(height - 3000)).toBeLessThan(150);
    seen.add(createHash('sha256').update(jpeg).digest('hex'));
  }
  expect(seen.size).toBe(lines.length);
  expect(await readFile(join(dir, 'README.txt'), 'utf8')).toContain('SYNTHETIC');
});

test('faulty records take the three faults in turn', async () => {
  const summary = await writeSample({ dir, patients: 2, seed: 'faults', faulty: 3 });
  const lines = await manifest(dir);
  const parsed = lines.map((line) => {
    try {
      return JSON.parse(line);
    } catch {
      return undefined;
    }
  });
  expect(parsed.filter((record) => record === undefined)).toHaveLength(1);
  const endings = await Promise.all(
    parsed
      .filter((record) => record !== undefined)
      .map((record) =>
        readFile(join(dir, record.image)).then(
          (jpeg) => jpeg.subarray(-2).toString('hex'),
          () => 'absent',
        ),
      ),
  );
  expect(endings.filter((ending) => ending === 'absent')).toHaveLength(1);
  // A whole JPEG ends in FF D9.
  expect(endings.filter((ending) => ending !== 'absent' && ending !== 'ffd9')).toHaveLength(1);
  expect(summary).toMatchObject({
    records: lines.length,
    images: lines.length - 2,
    faulty: 3,
    synthetic: true,
  });
});

test('a killed run is completed by the next: finished images are kept, the result is the same', async () => {
  const whole = join(dir, 'whole');
  const killed = join(dir, 'killed');
  const summary = await writeSample({ dir: whole, patients: 2, seed: 'k' });
  const script = `import { writeSample } from ${JSON.stringify(new URL('./write-sample.ts', import.meta.url).href)};
    await writeSample({ dir: ${JSON.stringify(killed)}, patients: 2, seed: 'k',
      onProgress: ({ done }) => { if (done === 2) process.kill(process.pid, 'SIGKILL'); } });`;
  await expect(
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]),
  ).rejects.toMatchObject({ signal: 'SIGKILL' });
  const leftBehind = await digests(killed);
  expect(leftBehind.has('sample.json')).toBe(false);

  const images = [...leftBehind.keys()].filter((name) => name.endsWith('.jpg'));
  const madeAt = () =>
    Promise.all(images.map((name) => stat(join(killed, name)).then(({ ino, mtimeMs }) => [ino, mtimeMs])));
  expect(images).toHaveLength(2);
  const before = await madeAt();
  expect(await writeSample({ dir: killed, patients: 2, seed: 'k' })).toEqual(summary);
  expect(await madeAt()).toEqual(before);
  expect(await digests(killed)).toEqual(await digests(whole));
});

test('a complete sample is left alone; another request or foreign files are refused', async () => {
  const summary = await writeSample({ dir, patients: 1, seed: 'one' });
  let drawn = 0;
  const again = await writeSample({
    dir,
    patients: 1,
    seed: 'one',
    onProgress: () => {
      drawn += 1;
    },
  });
  expect(again).toEqual(summary);
  expect(drawn).toBe(0);
  await expect(writeSample({ dir, patients: 2, seed: 'one' })).rejects.toThrow(SampleFolderError);

  const foreign = await mkdtemp(join(tmpdir(), 'pillbox-foreign-'));
  await writeFile(join(foreign, 'thesis.txt'), 'mine');
  await expect(writeSample({ dir: foreign, patients: 1, seed: 'one' })).rejects.toThrow(/other files/);
  expect(await readdir(foreign)).toEqual(['thesis.txt']);
  await rm(foreign, { recursive: true });
});

test('numbers that make no sense are refused before anything is written', async () => {
  const empty = join(dir, 'none');
  await expect(writeSample({ dir: empty, patients: 0, seed: 's' })).rejects.toThrow(RangeError);
  await expect(writeSample({ dir: empty, patients: 1, seed: 's', faulty: 99 })).rejects.toThrow(/at most/);
  expect(await readdir(dir)).toEqual([]);
});

async function manifest(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'manifest.jsonl'), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

async function digests(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of (await readdir(folder, { recursive: true, withFileTypes: true })).filter((e) =>
    e.isFile(),
  )) {
    const path = join(entry.parentPath, entry.name);
    found.set(
      path.slice(folder.length + 1),
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    );
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Reads the frame header (SOF) of a JPEG. */
function jpegFrame(jpeg: Buffer): { width: number; height: number; components: number } {
  let at = 2;
  while (at < jpeg.length) {
    const marker = jpeg.readUInt8(at + 1);
    if (marker >= 0xc0 && marker <= 0xc2) {
      return {
        height: jpeg.readUInt16BE(at + 5),
        width: jpeg.readUInt16BE(at + 7),
        components: jpeg.readUInt8(at + 9),
      };
    }
    at += 2 + jpeg.readUInt16BE(at + 2);
  }
  throw new Error('no frame header');
}
