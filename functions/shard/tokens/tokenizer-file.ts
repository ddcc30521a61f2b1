/** A tokenizer.json in parts: its steps as objects, its vocabulary and merges still as bytes. */

import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import { addedTokenSchema } from './added-tokens.ts';
import { JsonReader } from './json-reader.ts';
import { stepSchema } from './step.ts';
import { MAX_ADDED_TOKENS, MAX_NESTING, MAX_REST_BYTES, MAX_TOKENIZER_BYTES } from './tokenizer-limits.ts';
import { TokenizerRefusal } from './tokenizer-refusal.ts';

export { MAX_TOKENIZER_BYTES };

const fileSchema = z.looseObject({
  model: z.looseObject({ type: z.string().optional() }),
  normalizer: stepSchema.nullish().transform((step) => step ?? null),
  pre_tokenizer: stepSchema.nullish().transform((step) => step ?? null),
  post_processor: stepSchema.nullish().transform((step) => step ?? null),
  added_tokens: z.array(addedTokenSchema).max(MAX_ADDED_TOKENS).default([]),
});

export type TokenizerSteps = z.infer<typeof fileSchema>;

export interface TokenizerFile {
  readonly steps: TokenizerSteps;
  /** At the vocabulary of the model; undefined where it has none. */
  readonly vocabulary: JsonReader | undefined;
  readonly merges: JsonReader | undefined;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Throws a TokenizerRefusal that names the limit or the field. */
export function openTokenizerFile(json: Uint8Array): TokenizerFile {
  if (json.byteLength > MAX_TOKENIZER_BYTES) {
    throw new TokenizerRefusal(
      `it has ${json.byteLength} bytes, and a tokenizer.json may have ${MAX_TOKENIZER_BYTES}`,
    );
  }
  if (!isUtf8(json)) throw new TokenizerRefusal('it is not UTF-8');
  try {
    const ranges = findLargeParts(json);
    const at = (name: string) => {
      const range = ranges.get(name);
      return range === undefined ? undefined : new JsonReader(json, range.start);
    };
    return {
      steps: parseSteps(json, [...ranges.values()]),
      vocabulary: at('vocab'),
      merges: at('merges'),
    };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new TokenizerRefusal('it is not valid JSON', { cause: error });
  }
}

function findLargeParts(json: Uint8Array): Map<string, Range> {
  const ranges = new Map<string, Range>();
  const reader = new JsonReader(json);
  for (const key of reader.keys()) {
    if (key !== 'model') requireShallow(key, reader.skip());
    else {
      for (const part of reader.keys()) {
        const range = reader.skip();
        requireShallow(`model.${part}`, range);
        if (part !== 'vocab' && part !== 'merges') continue;
        if (ranges.has(part)) throw new TokenizerRefusal(`model: ${part} is there twice`);
        ranges.set(part, range);
      }
    }
  }
  return ranges;
}

/** Before anything goes from step to step within step, and runs out of stack. */
function requireShallow(name: string, { nesting }: { readonly nesting: number }): void {
  if (nesting > MAX_NESTING) {
    throw new TokenizerRefusal(`${name}: it may be nested ${MAX_NESTING} deep, and is deeper`);
  }
}

function parseSteps(json: Uint8Array, without: readonly Range[]): TokenizerSteps {
  const decoder = new TextDecoder();
  let rest = '';
  let done = 0;
  for (const { start, end } of without.toSorted((a, b) => a.start - b.start)) {
    rest += `${decoder.decode(json.subarray(done, start))}null`;
    done = end;
  }
  if (json.byteLength - done + rest.length > MAX_REST_BYTES) {
    throw new TokenizerRefusal(
      `without vocabulary and merges it may have ${MAX_REST_BYTES} bytes, and has more`,
    );
  }
  const parsed = fileSchema.safeParse(JSON.parse(rest + decoder.decode(json.subarray(done))));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TokenizerRefusal(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is invalid'}`);
}
