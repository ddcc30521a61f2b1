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
  try {
    await optimiseGraph(path, unfinished);
    const note = {
      sha256: (await hashFile(unfinished)).sha256,
      cpuFlags: readCpuFlags(),
      runtimeVersion: await readRuntimeVersion(),
    };
    await rename(unfinished, packed);
    await writeFile(notePath(path), `${JSON.stringify(note)}\n`);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** Undefined where there is none, or where it is not the one that its note describes. */
export async function findPackedFile(path: string): Promise<PackedGraph | undefined> {
  try {
    const note = noteSchema.parse(JSON.parse(await readFile(notePath(path), 'utf8')));
    const packed = packedPath(path);
    if ((await hashFile(packed)).sha256 !== note.sha256) return undefined;
    return { path: packed, cpuFlags: note.cpuFlags, runtimeVersion: note.runtimeVersion };
  } catch {
    return undefined;
  }
}

function packedPath(path: string): string {
  return `${path}.ort`;
}

function notePath(path: string): string {
  return `${path}.packed.json`;
}
