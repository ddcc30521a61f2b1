/** The model card: all that is stated of a model, from which its validation, documents and answers come. */

import * as z from 'zod';
import { TerminalError } from '../errors/terminal-error.ts';

const text = z.string().min(1);
const common = {
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  title: text,
  description: text,
  /** False = may be null or left out: the model has learned to do without it. */
  required: z.boolean(),
};
const numeric = {
  ...common,
  /** As it is written after a number: mg/dL, years, vessels. */
  unit: text,
  min: z.number(),
  max: z.number(),
  /** The usual tables write 0 for "not measured": 0 is accepted and means missing. */
  zeroMeansMissing: z.boolean().default(false),
};
/** `code` is the number the model was trained on; a caller sends the name or the code. */
const category = z.strictObject({ code: z.number(), name: text, meaning: text });

const inputSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('number'), ...numeric }),
  z.strictObject({ type: z.literal('integer'), ...numeric }),
  z.strictObject({ type: z.literal('category'), ...common, categories: z.array(category).min(2) }),
]);

const riskLevel = z.strictObject({
  level: text,
  /** Lowest probability of the level; it ends where the next begins. */
  from: z.number().min(0).max(1),
  /** Share of the positive class among the unseen records predicted at this level. */
  observedRate: z.number().min(0).max(1),
  /** Share of the unseen records predicted at this level. */
  share: z.number().min(0).max(1),
});

const outputSchema = z.strictObject({
  classes: z.tuple([text, text]),
  positiveClass: text,
  /** At or above it the prediction is the positive class. */
  threshold: z.number().min(0).max(1),
  risk: z.array(riskLevel).min(1),
});

const modelCardSchema = z.strictObject({
  name: text,
  version: text,
  /** Share of the requests that name no version; absent = the standard version, which gets the rest. */
  traffic: z.number().min(0).max(1).optional(),
  title: text,
  description: text,
  kind: z.literal('xgboost'),
  /** Beside the card. */
  file: z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'must be letters, digits, _, - and dots'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().positive(),
  trees: z.int().positive(),
  /** What the model was made with. */
  runtime: z.strictObject({ xgboost: text }),
  /** True where the weights are not trained; every answer then says so. */
  demo: z.boolean(),
  /** In the order of the model's features. */
  inputs: z.array(inputSchema).min(1).check(uniqueNames, saneRanges),
  /** A request body that the service accepts; invented, no patient's. */
  example: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
  output: outputSchema.check(coherentOutput),
  training: z.strictObject({
    data: text,
    source: text,
    licence: text,
    population: text,
    rows: z.int().positive(),
    positives: z.int().positive(),
  }),
  metrics: z.array(
    z.strictObject({ name: text, inputs: text, value: z.number(), deviation: z.number().min(0) }),
  ),
  /** How the metrics were measured. */
  measured: text,
  /** Predicted probability against what was observed, in tenths of the probability. */
  reliability: z
    .array(
      z.strictObject({
        from: z.number().min(0).max(1),
        below: z.number().min(0).max(1),
        /** Null where no prediction fell. */
        predicted: z.number().nullable(),
        observed: z.number().nullable(),
        share: z.number().min(0).max(1),
      }),
    )
    .default([]),
  /** How the threshold was chosen, and what it gives on records that neither the model nor the choice has seen. */
  operatingPoint: z
    .strictObject({
      rule: text,
      sensitivity: z.number().min(0).max(1),
      specificity: z.number().min(0).max(1),
      positivePredictiveValue: z.number().min(0).max(1),
      negativePredictiveValue: z.number().min(0).max(1),
    })
    .optional(),
  /** Identical requests may be answered from memory within these bounds, in a box until memory is short; absent = never. */
  cache: z
    .strictObject({
      entries: z.int().min(1).max(100_000),
      bytes: z
        .int()
        .min(1)
        .max(32 * 1024 * 1024),
      maxAgeSeconds: z.int().min(1),
    })
    .optional(),
  intendedUse: text,
  limits: z.array(text).min(1),
});

export type ModelCard = z.infer<typeof modelCardSchema>;
export type ModelInput = z.infer<typeof inputSchema>;

/** Throws a TerminalError ('model-invalid') that names each key at fault. */
export function parseModelCard(raw: unknown): ModelCard {
  const parsed = modelCardSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const message = fields.map((field) => `${field.path}: ${field.message}`).join('; ');
  throw new TerminalError('model-invalid', `model card: ${message}`, { fields });
}

function uniqueNames({ value, issues }: z.core.ParsePayload<ModelInput[]>): void {
  const seen = new Set<string>();
  for (const [at, { name }] of value.entries()) {
    if (name === 'rows') issues.push(problem(value, [at, 'name'], 'is the name of a batch'));
    if (seen.has(name)) issues.push(problem(value, [at, 'name'], 'is used twice'));
    seen.add(name);
  }
}

function saneRanges({ value, issues }: z.core.ParsePayload<ModelInput[]>): void {
  for (const [at, input] of value.entries()) {
    if (input.type === 'category') continue;
    if (input.min >= input.max) issues.push(problem(value, [at, 'max'], 'must be above min'));
    if (input.zeroMeansMissing && (input.required || input.min <= 0)) {
      issues.push(problem(value, [at, 'zeroMeansMissing'], 'needs an optional input with min above 0'));
    }
  }
}

function coherentOutput({ value, issues }: z.core.ParsePayload<z.infer<typeof outputSchema>>): void {
  if (value.positiveClass !== value.classes[1]) {
    issues.push(problem(value, ['positiveClass'], 'must be the second class'));
  }
  const starts = value.risk.map((level) => level.from);
  if (starts[0] !== 0 || starts.some((from, at) => at > 0 && from <= (starts[at - 1] ?? 0))) {
    issues.push(problem(value, ['risk'], 'must begin at 0 and rise'));
  }
}

function problem(input: unknown, path: PropertyKey[], message: string): z.core.$ZodRawIssue {
  return { code: 'custom', input, path, message };
}
