/** Reads the JSON that XGBoost's save_model writes into typed arrays, and refuses what it cannot evaluate exactly. */

import * as z from 'zod';
import { TerminalError } from '../errors/terminal-error.ts';
import { appendTree, type ForestBuilder, newForestBuilder } from './xgboost-tree.ts';

/** Parsing takes about seven times the text in memory (measured); an isolate has 128 MB for everything. */
const MAX_MODEL_CHARS = 12 * 1024 * 1024;

const OBJECTIVES = ['binary:logistic', 'reg:squarederror'] as const;
type Objective = (typeof OBJECTIVES)[number];

/** All trees one after the other; node numbers count through the whole forest. Every index has been checked. */
export interface Forest {
  readonly objective: Objective;
  readonly featureNames: readonly string[];
  /** Where the sum of the leaves begins: the base score, as a margin, in float32. */
  readonly baseMargin: number;
  /** First node of each tree. */
  readonly roots: Int32Array;
  /** Child nodes; -1 in both at a leaf. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Feature of the split; 0 at a leaf. */
  readonly feature: Int32Array;
  /** Threshold of the split, or the leaf's weight. */
  readonly value: Float32Array;
  /** 1 where a missing value goes left. */
  readonly missingLeft: Uint8Array;
}

const count = z.coerce.number().pipe(z.int().min(0));
const headSchema = z.object({
  learner: z.object({
    attributes: z.record(z.string(), z.string()).default({}),
    feature_names: z.array(z.string()).default([]),
    feature_types: z.array(z.string()).default([]),
    gradient_booster: z.object({ name: z.string(), model: z.unknown() }),
    learner_model_param: z.object({
      base_score: z.string(),
      num_class: count.default(0),
      num_feature: count,
      num_target: count.default(1),
    }),
    objective: z.object({ name: z.string() }),
  }),
});
const gbtreeSchema = z.object({ trees: z.array(z.unknown()).min(1) });

/** Throws a TerminalError ('model-invalid') that says what is wrong, or what is not supported. */
export function readXgboostModel(text: string): Forest {
  const { learner } = parseWith(headSchema, parseJson(text), 'the model');
  const { base_score, num_class, num_feature, num_target } = learner.learner_model_param;
  const booster = learner.gradient_booster;
  if (booster.name !== 'gbtree') throw unsupported(`the booster '${booster.name}' (only gbtree)`);
  if (num_class > 1) throw unsupported('a multi-class model');
  if (num_target > 1) throw unsupported('a multi-output model');
  if (learner.feature_types.includes('c')) throw unsupported('a categorical feature');
  if ('best_iteration' in learner.attributes) {
    throw unsupported('best_iteration, which leaves open how many trees count: slice the model to it');
  }
  const objective = OBJECTIVES.find((name) => name === learner.objective.name);
  if (objective === undefined) throw unsupported(`the objective '${learner.objective.name}'`);
  const names = learner.feature_names;
  if (names.length !== num_feature) {
    throw invalid(`${names.length} feature names for ${num_feature} features: train with named features`);
  }
  const builder = newForestBuilder();
  const { trees } = parseWith(gbtreeSchema, booster.model, 'gradient_booster.model');
  for (const tree of trees) appendTree(builder, tree, num_feature);
  return { objective, featureNames: names, baseMargin: toMargin(objective, base_score), ...freeze(builder) };
}

function parseJson(text: string): unknown {
  if (text.length > MAX_MODEL_CHARS) throw invalid(`more than ${MAX_MODEL_CHARS} characters of JSON`);
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('not JSON');
  }
}

function parseWith<T>(schema: z.ZodType<T>, raw: unknown, where: string): T {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  throw invalid(`${where}: ${problems.join('; ')}`);
}

/** Since 3.1 the base score is a list in a string, "[5E-1]"; before, the number alone. Both are a prediction. */
function toMargin(objective: Objective, baseScore: string): number {
  const listed = /^\[(.*)\]$/.exec(baseScore)?.[1] ?? baseScore;
  if (listed.includes(',')) throw unsupported('a base score for each output');
  const score = Math.fround(Number(listed));
  if (listed.trim() === '' || !Number.isFinite(score)) throw invalid('base_score is not a number');
  if (objective === 'reg:squarederror') return score;
  if (score <= 0 || score >= 1) throw invalid('base_score of a logistic model must lie between 0 and 1');
  return Math.fround(-Math.fround(Math.log(Math.fround(Math.fround(1 / score) - 1))));
}

function freeze(builder: ForestBuilder): Omit<Forest, 'objective' | 'featureNames' | 'baseMargin'> {
  return {
    roots: Int32Array.from(builder.roots),
    left: Int32Array.from(builder.left),
    right: Int32Array.from(builder.right),
    feature: Int32Array.from(builder.feature),
    value: Float32Array.from(builder.value),
    missingLeft: Uint8Array.from(builder.missingLeft),
  };
}

function invalid(what: string): TerminalError {
  return new TerminalError('model-invalid', `XGBoost model: ${what}`);
}

function unsupported(what: string): TerminalError {
  return new TerminalError('model-invalid', `XGBoost model: not supported: ${what}`);
}
