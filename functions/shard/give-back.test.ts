import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ReleaseHook } from '../../shared/budget/release-hooks.ts';
import type { Plan } from '../../shared/pipeline/plan-document.ts';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { createApp } from './app.ts';
import { openSampleWriter } from './open-sample-writer.ts';

const TOKENIZER = readFileSync(join(import.meta.dirname, '../../test/fixtures/tokenizers/wordpiece.json'));
const KNOWLEDGE = '{"id":"1","title":"Pulse","text":"The heart beats."}\n';

function openHook(): ReleaseHook {
  const hooks: ReleaseHook[] = [];
  createApp({
    openStore: () => createMemoryStore(),
    queue: { enqueue: async () => 'created' },
    codeVersion: 'test',
    log: () => {},
    budget: {
      admit: async () => ({ [Symbol.dispose]() {} }),
      register: (hook: ReleaseHook) => hooks.push(hook),
    },
  });
  const [hook, ...others] = hooks;
  if (hook === undefined || others.length > 0) throw new Error('the box registers one hook');
  return hook;
}

test('what is kept for the next shard is given back when buffers are, and opened again', async () => {
  const store = createMemoryStore();
  const reads: string[] = [];
  const pin = async (name: string, body: Uint8Array | string) => {
    const { generation } = await store.create(name, body);
    return { bucket: 'pillbox', name, generation, sizeBytes: body.length };
  };
  const image = { size: 518 };
  const job = { image, tokens: { max: 16 }, note: { passages: 1 } };
  const plan = {
    job,
    tokenizer: await pin('tokenizer.json', TOKENIZER),
    knowledge: await pin('knowledge.jsonl', KNOWLEDGE),
  } as unknown as Plan;
  const openInput = (): ObjectStore => ({
    ...store,
    read(name, range) {
      reads.push(name);
      return store.read(name, range);
    },
  });
  const hook = openHook();
  expect(hook.level).toBe('flush');
  await hook.release();
  await openSampleWriter(openInput, plan);
  const { tokenizer } = await openSampleWriter(openInput, plan);
  expect(reads.toSorted()).toEqual(['knowledge.jsonl', 'tokenizer.json']);
  expect(await hook.release()).toBe(TOKENIZER.length + KNOWLEDGE.length);
  expect(await hook.release()).toBe(0);
  expect(tokenizer).toBeDefined();
  await openSampleWriter(openInput, plan);
  expect(reads).toHaveLength(4);
  await hook.release();
});
