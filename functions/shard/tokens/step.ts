/** One step of a tokenizer.json: an object with a type, and fields that depend on it. */

import * as z from 'zod';
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

const patternSchema = z.union([
  z.looseObject({ String: z.string().min(1) }),
  z.looseObject({ Regex: z.string().min(1) }),
]);

/** What a step looks for: text as it is, or a regular expression. */
export function patternOf(step: Step): z.infer<typeof patternSchema> {
  const parsed = patternSchema.safeParse(step['pattern']);
  if (!parsed.success) throw new TokenizerRefusal(`${step.type}: pattern must have a String or a Regex`);
  return parsed.data;
}
