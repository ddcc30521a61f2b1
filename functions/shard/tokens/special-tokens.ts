/** The special tokens that a tokenizer's post-processor puts around one text. */

import * as z from 'zod';
import { field, type Step, stepsOf } from './step.ts';
import { MAX_SPECIAL_TOKENS } from './tokenizer-limits.ts';
import { TokenizerRefusal } from './tokenizer-refusal.ts';

export interface Frame {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const NO_FRAME: Frame = { before: [], after: [] };

const id = z.int().min(0);
const namedToken = z.tuple([z.string(), id]);
const templateSchema = z.looseObject({
  single: z.array(
    z.union([
      z.looseObject({ SpecialToken: z.looseObject({ id: z.string() }) }),
      z.looseObject({ Sequence: z.looseObject({ id: z.literal('A') }) }),
    ]),
  ),
  special_tokens: z.record(z.string(), z.looseObject({ ids: z.array(id) })),
});

/** Throws a TokenizerRefusal for a type that is none of Hugging Face's, or a template without exactly one text. */
export function frameOf(step: Step | null): Frame {
  if (step === null) return NO_FRAME;
  switch (step.type) {
    case 'ByteLevel':
      return NO_FRAME;
    case 'BertProcessing':
    case 'RobertaProcessing': {
      const [, before] = parse(namedToken, step, 'cls');
      const [, after] = parse(namedToken, step, 'sep');
      return { before: [before], after: [after] };
    }
    case 'Sequence':
      return stepsOf(step, 'processors')
        .map(frameOf)
        .reduce(
          (inner, outer) => ({
            before: joined(outer.before, inner.before),
            after: joined(inner.after, outer.after),
          }),
          NO_FRAME,
        );
    case 'TemplateProcessing':
      return templateFrame(step);
    default:
      throw new TokenizerRefusal(`post_processor: the type ${step.type} is not supported`);
  }
}

function joined(ids: readonly number[], more: readonly number[]): number[] {
  if (ids.length + more.length > MAX_SPECIAL_TOKENS) {
    throw new TokenizerRefusal(
      `post_processor: it puts more than ${MAX_SPECIAL_TOKENS} special tokens on a side of a text`,
    );
  }
  return ids.concat(more);
}

function parse<T>(schema: z.ZodType<T>, step: Step, name: string): T {
  const parsed = schema.safeParse(field(step, name));
  if (!parsed.success) throw new TokenizerRefusal(`post_processor: ${name} is invalid`);
  return parsed.data;
}

function templateFrame(step: Step): Frame {
  const parsed = templateSchema.safeParse(step);
  if (!parsed.success) throw new TokenizerRefusal('post_processor: single or special_tokens is invalid');
  const { single, special_tokens } = parsed.data;
  let before: number[] = [];
  let after: number[] = [];
  let texts = 0;
  for (const item of single) {
    if ('Sequence' in item) texts++;
    else {
      const named = Object.hasOwn(special_tokens, item.SpecialToken.id)
        ? special_tokens[item.SpecialToken.id]
        : undefined;
      if (named === undefined) {
        throw new TokenizerRefusal('post_processor: single names a token that special_tokens lacks');
      }
      if (texts === 0) before = joined(before, named.ids);
      else after = joined(after, named.ids);
    }
  }
  if (texts !== 1) throw new TokenizerRefusal('post_processor: single must hold the text once');
  return { before, after };
}
