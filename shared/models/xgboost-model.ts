/** Reads the JSON that XGBoost's save_model writes into typed arrays, and refuses what it cannot evaluate exactly. */

import * as z from 'zod';
import { TerminalError } from '../errors/terminal-error.ts';
import { type Forest, OBJECTIVES, type Objective, type TreeNodes } from './forest.ts';
import { cutElements } from './json-elements.ts';
import { NodeList } from './node-list.ts';
import { readTree } from './xgboost-tree.ts';

/** An isolate has 128 MB for everything; trees are parsed one by one, so the text is the most of it. */
const MAX_MODEL_CHARS = 32 * 1024 * 1024;
/** `trees` is at learner.gradient_booster.model.trees. */
const TREES_DEPTH = 4;
const MAX_CLASSES = 1024;
/** A prediction holds the row, and messages and cards name each feature. */
const MAX_FEATURES = 65_536;

export interface ReadXgboostOptions {
  /** Longer texts are refused. */
  readonly maxChars?: number;
}

const count = z.coerce.number().pipe(z.int().min(0));
const headSchema = z.object({
  learner: z.object({
    attributes: z.record(z.string(), z.string()).default({}),
    feature_names: z.array(z.string()).default([]),
    gradient_booster: z.object({ name: z.string(), model: z.unknown() }),
    learner_model_param: z.object({
      base_score: z.string(),
      num_class: count.pipe(z.int().max(MAX_CLASSES)).default(0),
      num_feature: count.pipe(z.int().max(MAX_FEATURES)),
      num_target: count.default(1),
    }),
    objective: z.object({ name: z.string() }),
  }),
});
const gbtreeSchema = z.object({
  trees: z.array(z.unknown()).max(0),
  tree_info: z.array(z.int().min(0)),
  gbtree_model_param: z
    .object({ num_parallel_tree: count.pipe(z.int().min(1)).default(1) })
    .default({ num_parallel_tree: 1 }),
});

/**
 * Reads what XGBoost 1.6 and later write. Features without names (older versions, plain arrays) are called f0, f1, …
 * Throws a TerminalError ('model-invalid') that says what is wrong, or what is not supported.
 */
export function readXgboostModel(text: string, options: ReadXgboostOptions = {}): Forest {
  const maxChars = options.maxChars ?? MAX_MODEL_CHARS;
  if (text.length > maxChars) throw invalid(`more than ${maxChars} characters of JSON`);
  const cut = cutElements(text, 'trees', TREES_DEPTH);
  const { learner } = parseWith(headSchema, parseJson(cut?.rest ?? text), 'the model');
  const { base_score, num_class, num_feature, num_target } = learner.learner_model_param;
  const booster = learner.gradient_booster;
  if (booster.name !== 'gbtree') throw unsupported(`the booster '${booster.name}' (only gbtree)`);
  if (num_target > 1) throw unsupported('a multi-output model');
  const objective = OBJECTIVES.find((name) => name === learner.objective.name);
  if (objective === undefined) throw unsupported(`the objective '${learner.objective.name}'`);
  const classes = Math.max(1, num_class);
  if (classes > 1 !== objective.startsWith('multi:')) throw invalid(`${num_class} classes for ${objective}`);
  const { tree_info, gbtree_model_param } = parseWith(gbtreeSchema, booster.model, 'gradient_booster.model');
  const trees = readTrees(cut?.elements() ?? [], num_feature);
  if (trees.roots.length === 0) throw invalid('no trees');
  const rounds = trees.roots.length / (classes * gbtree_model_param.num_parallel_tree);
  // Version 1 always writes it: where it is the last round there is nothing to choose.
  if (Number(learner.attributes['best_iteration'] ?? rounds - 1) !== rounds - 1) {
    throw unsupported('best_iteration, which leaves open how many trees count: slice the model to it');
  }
  if (tree_info.length !== trees.roots.length || tree_info.some((at) => at >= classes)) {
    throw invalid('tree_info does not say which class each tree adds to');
  }
  return {
    objective,
    featureNames: featureNames(learner.feature_names, num_feature),
    baseMargins: toMargins(objective, base_score, classes),
    treeClass: Int32Array.from(tree_info),
    ...trees,
  };
}

type ReadTrees = TreeNodes & Pick<Forest, 'roots' | 'depth'>;

/** One by one: all of them parsed would take many times the text. */
function readTrees(texts: Iterable<string>, featureCount: number): ReadTrees {
  const list = new NodeList();
  const roots: number[] = [];
  let depth = 0;
  for (const text of texts) {
    const root = list.count;
    const raw = parseJson(withoutNaN(text));
    depth = Math.max(depth, readTree({ raw, number: roots.length, featureCount }, list));
    roots.push(root);
  }
  return { ...list.nodes(), roots: Int32Array.from(roots), depth };
}

function featureNames(names: readonly string[], featureCount: number): readonly string[] {
  if (names.length === 0) return Array.from({ length: featureCount }, (_, at) => `f${at}`);
  if (names.length !== featureCount)
    throw invalid(`${names.length} feature names for ${featureCount} features`);
  return names;
}

/** Versions 1 and 2 write a bare NaN, which is no JSON, for the threshold that a categorical split does not have. */
function withoutNaN(tree: string): string {
  return tree.includes('NaN') ? tree.replaceAll(/(?<=[[,]\s*)NaN(?=\s*[\],])/g, 'null') : tree;
}

function parseJson(text: string): unknown {
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

/** Since 3.1 the base score is a list in a string, "[5E-1]"; before, the number alone. A single one is every class's. */
function toMargins(objective: Objective, baseScore: string, classes: number): Float32Array {
  const listed = (/^\[(.*)\]$/.exec(baseScore.trim())?.[1] ?? baseScore).split(',');
  if (listed.length !== 1 && listed.length !== classes) {
    throw invalid(`${listed.length} base scores for ${classes} outputs`);
  }
  const margins = listed.map((text) => toMargin(objective, text.trim()));
  return Float32Array.from({ length: classes }, (_, at) => margins[at] ?? margins[0] ?? 0);
}

function toMargin(objective: Objective, text: string): number {
  const score = Math.fround(Number(text));
  if (text === '' || !Number.isFinite(score)) throw invalid('base_score is not a number');
  if (!objective.endsWith(':logistic')) return score;
  if (score <= 0 || score >= 1) throw invalid('base_score of a logistic model must lie between 0 and 1');
  return Math.fround(-Math.fround(Math.log(Math.fround(Math.fround(1 / score) - 1))));
}

function invalid(what: string): TerminalError {
  return new TerminalError('model-invalid', `XGBoost model: ${what}`);
}

function unsupported(what: string): TerminalError {
  return new TerminalError('model-invalid', `XGBoost model: not supported: ${what}`);
}
