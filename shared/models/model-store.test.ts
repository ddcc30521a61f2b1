import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMemoryStore } from '../storage/memory-object-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { createModelStore, type ModelStore } from './model-store.ts';
import type { StatedFile } from './model-store-bytes.ts';

const KIB = 1024;

let folder: string;
let store: ObjectStore;
let reads: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pillbox-'));
  const memory = createMemoryStore();
  reads = [];
  store = {
    ...memory,
    read(name, options) {
      reads.push(name);
      return memory.read(name, options);
    },
  };
});
afterEach(() => rm(folder, { recursive: true }));

/** In the bucket, of 40 KiB. */
async function upload(file: string, bytes = Buffer.alloc(40 * KIB, file)): Promise<StatedFile> {
  await store.create(`models/${file}`, bytes);
  return stated(file, bytes);
}

function stated(file: string, bytes: Buffer): StatedFile {
  return { file, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.byteLength };
}

function openStore(budgetBytes = 100 * KIB): ModelStore {
  return createModelStore({ folder, budgetBytes, bucket: { store, prefix: 'models/' } });
}

test('fetches a file once, for all who wait', async () => {
  const file = await upload('a.onnx');
  const models = openStore();
  const held = await Promise.all([models.hold(file), models.hold(file), models.hold(file)]);
  expect(new Set(held.map(({ path }) => path)).size).toBe(1);
  expect(await readFile(held[0].path)).toEqual(Buffer.alloc(40 * KIB, 'a.onnx'));
  await models.hold(file);
  expect(reads).toEqual(['models/a.onnx']);
});

test('the least recently used file makes room, never one in use', async () => {
  const [a, b, c, d] = await Promise.all(['a', 'b', 'c', 'd'].map((name) => upload(name)));
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('no files');
  const models = openStore();
  (await models.hold(a))[Symbol.dispose]();
  const heldB = await models.hold(b);
  (await models.hold(a))[Symbol.dispose]();
  (await models.hold(c))[Symbol.dispose]();
  expect((await readdir(folder)).sort()).toEqual([b.sha256, c.sha256].sort());
  expect(models.usedBytes()).toBe(80 * KIB);

  const heldC = await models.hold(c);
  await expect(models.hold(d)).rejects.toMatchObject({ code: 'overloaded' });
  heldB[Symbol.dispose]();
  heldB[Symbol.dispose]();
  await models.hold(d);
  expect((await readdir(folder)).sort()).toEqual([c.sha256, d.sha256].sort());
  heldC[Symbol.dispose]();
});

test('a file larger than the budget is refused by both numbers, before it is fetched', async () => {
  const file = await upload('large', Buffer.alloc(200 * KIB));
  await expect(openStore().hold(file)).rejects.toThrow(/204800 bytes.* 102400/);
  expect(reads).toEqual([]);
});

test.each<[what: string, change: Partial<StatedFile>, message: RegExp]>([
  ['other bytes', { sha256: '0'.repeat(64) }, /another SHA-256/],
  ['more bytes', { bytes: 1000 }, /more than the 1000 bytes/],
  ['fewer bytes', { bytes: 41 * KIB }, /40960 bytes, and its card states 41984/],
])(
  'a file of %s than stated is refused and leaves nothing; the next call tries again',
  async (_, change, message) => {
    const models = openStore();
    const file = { ...(await upload('a')), ...change };
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(models.hold(file)).rejects.toThrow(message);
      expect(models.usedBytes()).toBe(0);
    }
    expect(await readdir(folder)).toEqual([]);
    expect(reads).toHaveLength(2);
  },
);

test('what an earlier process left is taken over when it is whole, and fetched again when it is not', async () => {
  const [good, bad] = [await upload('good'), await upload('bad')];
  await writeFile(join(folder, good.sha256), Buffer.alloc(40 * KIB, 'good'));
  await writeFile(join(folder, bad.sha256), Buffer.alloc(40 * KIB, 'x'));
  await writeFile(join(folder, `${bad.sha256}.half`), 'half');
  const models = openStore();
  await models.hold(good);
  expect(reads).toEqual([]);
  const { path } = await models.hold(bad);
  expect(reads).toEqual(['models/bad']);
  expect(await readFile(path)).toEqual(Buffer.alloc(40 * KIB, 'bad'));
  expect(await readdir(folder)).toHaveLength(2);
});

test('files of the image are used where they lie, once checked', async () => {
  const image = join(folder, 'a.onnx');
  await writeFile(image, 'the model');
  const models = createModelStore({ bundled: folder, folder: join(folder, 'fetched'), budgetBytes: 0 });
  expect((await models.hold(stated('a.onnx', Buffer.from('the model')))).path).toBe(image);
  await expect(models.hold(stated('a.onnx', Buffer.from('other')))).rejects.toMatchObject({
    code: 'model-mismatch',
  });
  await expect(models.hold(stated('b.onnx', Buffer.from('?')))).rejects.toThrow(
    'there is no model file b.onnx',
  );
});

test('a folder that cannot be made now may be made later', async () => {
  const file = await upload('a.onnx');
  const inTheWay = join(folder, 'in-the-way');
  await writeFile(inTheWay, '');
  const files = createModelStore({
    folder: join(inTheWay, 'cache'),
    budgetBytes: 100 * KIB,
    bucket: { store, prefix: 'models/' },
  });
  await expect(files.hold(file)).rejects.toThrow();
  await rm(inTheWay);
  using held = await files.hold(file);
  expect((await readFile(held.path)).byteLength).toBe(file.bytes);
});
