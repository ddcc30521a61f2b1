/**
 * Joins any number of objects, in order, on the storage server, which takes 32 at a time: a tree of intermediate
 * objects. Only names are held, at most 32 of each level, and every step checks what its checksum must be.
 */

import {
  checkTwin,
  deleteGenerations,
  existingTwin,
  type Fingerprint,
} from '../../shared/pipeline/create-once.ts';
import { padded } from '../../shared/pipeline/object-names.ts';
import { encodeCrc32c } from '../../shared/storage/crc32c.ts';
import { MAX_COMPOSE_SOURCES, type ObjectInfo, type ObjectStore } from '../../shared/storage/object-store.ts';
import { PreconditionFailedError } from '../../shared/storage/storage-errors.ts';
import { combineCrc32c } from '../../shared/storage/combine-crc32c.ts';

/** One generation of an object, and what is in it. */
export interface Piece extends Fingerprint {
  readonly name: string;
  readonly generation: string;
}

export interface ComposeTarget {
  readonly name: string;
  readonly contentType: string;
  /** Where the intermediate objects go, with a trailing `/`. */
  readonly folder: string;
}

/**
 * Undefined when there are no pieces. The target may have been made before, from the same pieces. Throws
 * ObjectNotFoundError when a piece is gone, TerminalError ('part-differs') when the result is not what it must be.
 */
export async function composeTree(
  store: ObjectStore,
  target: ComposeTarget,
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
): Promise<ObjectInfo | undefined> {
  const levels: Piece[][] = [[]];
  let intermediates = 0;
  const joinBelow = async (level: number, joined: readonly Piece[]): Promise<Piece> => {
    const name = `${target.folder}${level}-${padded(intermediates++)}`;
    return compose(store, { name, contentType: target.contentType }, joined);
  };
  const add = async (level: number, piece: Piece): Promise<void> => {
    const waiting = levels[level] ?? [];
    levels[level] = waiting;
    if (waiting.length === capacity(level)) {
      const full = waiting.splice(0);
      await add(level + 1, await joinBelow(level, full));
    }
    waiting.push(piece);
  };
  for await (const piece of pieces) await add(0, piece);

  // From the bottom up: what is left of a level becomes the last piece of the one above.
  let rest: Piece[] = [];
  for (const [level, waiting] of levels.entries()) {
    const left = [...waiting, ...rest];
    if (level === levels.length - 1) return left.length === 0 ? undefined : compose(store, target, left);
    rest = left.length > 1 ? [await joinBelow(level, left)] : left;
  }
  return undefined;
}

export async function deleteIntermediates(store: ObjectStore, folder: string): Promise<void> {
  await deleteGenerations(store, store.list(folder));
}

/** Above the lowest level one place stays free for what is left of the level below. */
function capacity(level: number): number {
  return level === 0 ? MAX_COMPOSE_SOURCES : MAX_COMPOSE_SOURCES - 1;
}

async function compose(
  store: ObjectStore,
  { name, contentType }: { name: string; contentType: string },
  pieces: readonly Piece[],
): Promise<ObjectInfo> {
  const expected = joinedFingerprint(pieces);
  try {
    const info = await store.compose(name, pieces, { contentType, ifGenerationMatch: '0' });
    return checkTwin(info, expected);
  } catch (error) {
    if (error instanceof PreconditionFailedError) return existingTwin(store, name, expected);
    throw error;
  }
}

function joinedFingerprint(pieces: readonly Piece[]): Fingerprint {
  let sizeBytes = 0;
  let checksum = 0;
  for (const piece of pieces) {
    sizeBytes += piece.sizeBytes;
    checksum = combineCrc32c(checksum, Buffer.from(piece.crc32c, 'base64').readUInt32BE(0), piece.sizeBytes);
  }
  return { sizeBytes, crc32c: encodeCrc32c(checksum) };
}
