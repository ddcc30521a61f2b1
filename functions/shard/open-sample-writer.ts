/** Opens what the samples of a job are written with: its knowledge base and its tokenizer, read once and kept for the next shard. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import type { PinnedObject, Plan } from '../../shared/pipeline/plan-document.ts';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError } from '../../shared/storage/storage-errors.ts';
import { generalKnowledge, type KnowledgeBase, readKnowledge } from './note/knowledge-base.ts';
import { createNoteMaker } from './note/make-note.ts';
import type { SampleWriter } from './sample.ts';
import { readTokenizer, type Tokenizer } from './tokens/tokenizer.ts';
import { MAX_TOKENIZER_BYTES } from './tokens/tokenizer-file.ts';

/**
 * Throws a TerminalError: 'input-missing' when a planned generation is gone, 'knowledge-invalid' or 'tokenizer-invalid' for
 * what cannot be used.
 */
export async function openSampleWriter(openInput: OpenStore, plan: Plan): Promise<SampleWriter> {
  const { image, tokens, note } = plan.job;
  const [knowledge, tokenizer] = await Promise.all([
    note.passages === 0 ? undefined : knowledgeOf(openInput, plan.knowledge),
    plan.tokenizer && lastTokenizer.get(plan.tokenizer, (object) => loadTokenizer(openInput, object)),
  ]);
  return { options: { image, tokens }, notes: createNoteMaker({ ...note, knowledge }), tokenizer };
}

function knowledgeOf(openInput: OpenStore, object: PinnedObject | undefined): Promise<KnowledgeBase> {
  if (object === undefined) return generalKnowledge();
  return lastKnowledge.get(object, (one) => readKnowledge(read(openInput, one), nameOf(one)));
}

async function loadTokenizer(openInput: OpenStore, object: PinnedObject): Promise<Tokenizer> {
  if (object.sizeBytes > MAX_TOKENIZER_BYTES) {
    const message = `${nameOf(object)} has ${object.sizeBytes} bytes, ${MAX_TOKENIZER_BYTES} are allowed`;
    throw new TerminalError('tokenizer-invalid', message);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of read(openInput, object)) chunks.push(chunk);
  return readTokenizer(Buffer.concat(chunks), nameOf(object));
}

async function* read(
  openInput: OpenStore,
  { bucket, name, generation }: PinnedObject,
): AsyncIterable<Uint8Array> {
  try {
    yield* openInput(bucket).read(name, { generation });
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError)) throw error;
    const message = `generation ${generation} of ${name} was replaced or deleted while the job ran`;
    throw new TerminalError('input-missing', message, { cause: error });
  }
}

const nameOf = ({ bucket, name }: PinnedObject) => `gs://${bucket}/${name}`;

/** Keeps the one object that was opened last: the shards of a job come one after another, and there is no room for two. */
class LastOpened<Opened> {
  #key = '';
  #sizeBytes = 0;
  #opening: Promise<Opened> | undefined;

  get(object: PinnedObject, open: (object: PinnedObject) => Promise<Opened>): Promise<Opened> {
    const key = `${nameOf(object)}#${object.generation}`;
    if (this.#opening !== undefined && key === this.#key) return this.#opening;
    this.#key = key;
    this.#sizeBytes = object.sizeBytes;
    const opening = open(object);
    this.#opening = opening;
    // What failed is tried again.
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
    return opening;
  }

  /** How large its file was, or 0 where there is none. */
  forget(): number {
    const freedBytes = this.#opening === undefined ? 0 : this.#sizeBytes;
    this.#opening = undefined;
    return freedBytes;
  }
}

const lastKnowledge = new LastOpened<KnowledgeBase>();
const lastTokenizer = new LastOpened<Tokenizer>();

/**
 * Gives back what is kept for the next shard, which opens it anew; a shard that is being made keeps its own until its end.
 * Returns how large the files were.
 */
export function forgetOpened(): number {
  return lastKnowledge.forget() + lastTokenizer.forget();
}
