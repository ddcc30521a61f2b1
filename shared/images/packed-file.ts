/** Packs a graph beside itself in the cache, and finds it there: the packed form of a model that this machine made. */

import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { hashFile } from './hash-file.ts';
import { optimiseGraph, type PackedGraph, readRuntimeVersion } from './onnx-session.ts';
import { readCpuFlags } from './pack-platform.ts';

const noteSchema = z.strictObject({
  sha256: z.string(),
  cpuFlags: z.array(z.string()),
  runtimeVersion: z.string(),
});

/**
 * Takes two and a half times the file's size in memory, so it is done where there is room: when an image is built, or
 * by the process that starts the boxes.
 */
export async function packModelFile(path: string): Promise<void> {
  const packed = packedPath(path);
  const unfinished = `${packed}.${randomUUID()}`;
  const unfinishedNote = `${unfinished}.json`;
  try {
    await optimiseGraph(path, unfinished);
    const note = {
      sha256: (await hashFile(unfinished)).sha256,
      cpuFlags: readCpuFlags(),
      runtimeVersion: await readRuntimeVersion(),
    };
    await writeFile(unfinishedNote, `${JSON.stringify(note)}\n`);
    // Between the two the note may be an older file's: then the hash differs, and it is packed again.
    await rename(unfinished, packed);
    await rename(unfinishedNote, notePath(path));
  } finally {
    await rm(unfinished, { force: true });
    await rm(unfinishedNote, { force: true });
  }
}

/** Reads its note alone. Undefined where there is none. */
export async function readPackNote(path: string): Promise<z.infer<typeof noteSchema> | undefined> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(notePath(path), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Reads the file through. Undefined where there is none, or where it is not the one that its note describes. */
export async function findPackedFile(path: string): Promise<PackedGraph | undefined> {
  const note = await readPackNote(path);
  if (note === undefined) return undefined;
  const packed = packedPath(path);
  const actual = await hashFile(packed).catch(() => undefined);
  if (actual?.sha256 !== note.sha256) return undefined;
  return { path: packed, cpuFlags: note.cpuFlags, runtimeVersion: note.runtimeVersion };
}

function packedPath(path: string): string {
  return `${path}.ort`;
}

function notePath(path: string): string {
  return `${path}.packed.json`;
}
