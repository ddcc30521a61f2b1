/**
 * Joins any number of objects, in order, on the storage server, which takes 32 at a time: a tree of intermediate
 * objects, up to the last step. Only names are held, at most 32 of each level, and every step checks what its checksum
 * must be.
 */

import { combineCrc32c } from '../storage/combine-crc32c.ts';
import { encodeCrc32c } from '../storage/crc32c.ts';
import { MAX_COMPOSE_SOURCES, type ObjectInfo, type ObjectStore } from '../storage/object-store.ts';
import { PreconditionFailedError } from '../storage/storage-errors.ts';
import { checkTwin, existingTwin, type Fingerprint } from './create-once.ts';
import { padded } from './object-names.ts';

/** One generation of an object, and what is in it. */
export interface Piece extends Fingerprint {
  readonly name: string;
  readonly generation: string;
}

/**
 * At most 32 pieces of the same bytes, for one last compose call. Intermediate objects may have been made before, from
 * the same pieces. Throws ObjectNotFoundError when a piece is gone, TerminalError ('part-differs') when what was joined is
 * not what it must be.
 *
 * @param folder where the intermediate objects go, with a trailing `/`.
 */
export async function joinToLastStep(
  store: ObjectStore,
  folder: string,
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
): Promise<readonly Piece[]> {
  const levels: Piece[][] = [[]];
  let intermediates = 0;
  const joinBelow = async (level: number, joined: readonly Piece[]): Promise<Piece> => {
    return composeOnce(store, `${folder}${level}-${padded(intermediates++)}`, joined);
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
    if (level === levels.length - 1) return left;
    rest = left.length > 1 ? [await joinBelow(level, left)] : left;
  }
  return [];
}

/** What joining the pieces must give. */
export function joinedFingerprint(pieces: readonly Piece[]): Fingerprint {
  let sizeBytes = 0;
  let checksum = 0;
  for (const piece of pieces) {
    sizeBytes += piece.sizeBytes;
    checksum = combineCrc32c(checksum, Buffer.from(piece.crc32c, 'base64').readUInt32BE(0), piece.sizeBytes);
  }
  return { sizeBytes, crc32c: encodeCrc32c(checksum) };
}

/** Above the lowest level one place stays free for what is left of the level below. */
function capacity(level: number): number {
  return level === 0 ? MAX_COMPOSE_SOURCES : MAX_COMPOSE_SOURCES - 1;
}

/** Joins at most 32 pieces by one call, or checks that the object there is those pieces. Throws as joinToLastStep does. */
export async function composeOnce(
  store: ObjectStore,
  name: string,
  pieces: readonly Piece[],
): Promise<ObjectInfo> {
  const expected = joinedFingerprint(pieces);
  try {
    return checkTwin(await store.compose(name, pieces, { ifGenerationMatch: '0' }), expected);
  } catch (error) {
    if (error instanceof PreconditionFailedError) return existingTwin(store, name, expected);
    throw error;
  }
}
