/** Ways to break the protocol from outside. Undisturbed, a job comes to the same with each of them. */

import type { CreateOptions, ObjectInfo, ObjectStore } from '../../../shared/storage/object-store.ts';
import { ObjectNotFoundError } from '../../../shared/storage/storage-errors.ts';
import { readBytes } from '../../fixtures/pipeline/read-outputs.ts';
import { currentWorker, type Worker } from './worker.ts';

const PART = /\/parts\/(?:train|val|test|failures|rows)\/\d{8}-/;
const SHARD_MARKER = /\/markers\/shard\/0\/\d{8}\//;
const SHARD_GROUP = /\/markers\/shard\/0\/(?:\d{8}\/)?$/;

/** Whoever comes last writes. */
export function noPrecondition(seen: ObjectStore): ObjectStore {
  const without = ({ contentType }: CreateOptions = {}) => (contentType === undefined ? {} : { contentType });
  return {
    ...seen,
    create: (name, body, options) => seen.create(name, body, without(options)),
    compose: (name, sources, options) => seen.compose(name, sources, without(options)),
  };
}

/**
 * The parts of a shard come into being when its marker is there, one after the other. A marker names generations, so
 * each part is given one at once, and stays hidden from everybody until an object beside it says that it is there.
 */
export function markerBeforeParts(seen: ObjectStore, bucket: ObjectStore, box: string): ObjectStore {
  const shown = ({ name, generation }: Pick<ObjectInfo, 'name' | 'generation'>) =>
    `shown/${name}@${generation}`;
  const pending = new WeakMap<Worker, ObjectInfo[]>();
  async function isThere(name: string): Promise<boolean> {
    const info = await bucket.stat(name);
    return info !== undefined && (!PART.test(name) || (await bucket.stat(shown(info))) !== undefined);
  }
  return {
    ...seen,
    async create(name, body, options) {
      if (box !== 'shard') return seen.create(name, body, options);
      const worker = currentWorker();
      const parts = pending.get(worker) ?? [];
      pending.set(worker, parts);
      if (PART.test(name)) {
        if (!(await isThere(name))) await bucket.delete(name);
        const info = await bucket.create(name, body, options);
        parts.push(info);
        return info;
      }
      const made = await seen.create(name, body, options);
      if (SHARD_MARKER.test(name)) for (const part of parts.splice(0)) await seen.create(shown(part), '');
      return made;
    },
    async compose(name, sources, options) {
      for (const source of sources) {
        if (!(await isThere(source.name))) throw new ObjectNotFoundError(source.name);
      }
      return seen.compose(name, sources, options);
    },
    stat: async (name) => ((await isThere(name)) ? seen.stat(name) : undefined),
    async *read(name, options) {
      if (!(await isThere(name))) throw new ObjectNotFoundError(name);
      yield* seen.read(name, options);
    },
  };
}

/**
 * Whether all shards are made is told by a number that each of them adds one to: the markers of shards are listed up to
 * that number, in whatever group is asked for.
 */
export function counterFanIn(seen: ObjectStore, bucket: ObjectStore): ObjectStore {
  const counterOf = (name: string) => `counters/${/^.*\/markers\/shard\/0\/\d{8}\//.exec(name)?.[0]}`;
  const countIn = async (counter: string) =>
    (await bucket.stat(counter)) === undefined ? 0 : Number(await readBytes(bucket, counter));
  return {
    ...seen,
    async create(name, body, options) {
      const made = await seen.create(name, body, options);
      if (SHARD_MARKER.test(name)) {
        const counter = counterOf(name);
        await seen.create(counter, String((await countIn(counter)) + 1));
      }
      return made;
    },
    async *list(prefix) {
      if (!SHARD_GROUP.test(prefix)) {
        yield* seen.list(prefix);
        return;
      }
      const listed = new Map<string, number>();
      for await (const info of seen.list(prefix)) {
        const counter = counterOf(info.name);
        const before = listed.get(counter) ?? 0;
        listed.set(counter, before + 1);
        if (before < (await countIn(counter))) yield info;
      }
    },
  };
}
