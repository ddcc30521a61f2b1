/** One step of a tokenizer.json: an object with a type, and fields that depend on it. */

import * as z from 'zod';
import { MAX_CONTENT_UNITS, MAX_PATTERN_UNITS } from './tokenizer-limits.ts';
import { TokenizerRefusal } from './tokenizer-refusal.ts';

export const stepSchema = z.looseObject({ type: z.string() });

export type Step = z.infer<typeof stepSchema>;

export const field = (step: Step, name: string): unknown => step[name];

/** The steps in a list of steps. */
export function stepsOf(step: Step, name: string): Step[] {
  const parsed = z.array(stepSchema).max(100).safeParse(step[name]);
  if (!parsed.success) throw new TokenizerRefusal(`${step.type}: ${name} must be a list of steps`);
  return parsed.data;
}

/** The text that a step puts in, '' where it has none. */
export function contentOf(step: Step, name: string): string {
  const text = field(step, name) ?? '';
  if (typeof text === 'string' && text.length <= MAX_CONTENT_UNITS) return text;
  throw new TokenizerRefusal(`${step.type}: ${name} must be a text of at most ${MAX_CONTENT_UNITS} chars`);
}

/** The one char that a step names, be it of one unit or two. */
export function charOf(step: Step, name: string, without?: string): string {
  const char = field(step, name) ?? without;
  if (typeof char === 'string' && /^.$/su.test(char)) return char;
  throw new TokenizerRefusal(`${step.type}: ${name} must be one char`);
}

const patternSchema = z.union([
  z.looseObject({ String: z.string().min(1).max(MAX_PATTERN_UNITS) }),
  z.looseObject({ Regex: z.string().min(1).max(MAX_PATTERN_UNITS) }),
]);

/** What a step looks for: text as it is, or a regular expression. */
export function patternOf(step: Step): z.infer<typeof patternSchema> {
  const parsed = patternSchema.safeParse(step['pattern']);
  if (!parsed.success) {
    const limit = `of at most ${MAX_PATTERN_UNITS} chars`;
    throw new TokenizerRefusal(`${step.type}: pattern must have a String or a Regex ${limit}`);
  }
  return parsed.data;
}
