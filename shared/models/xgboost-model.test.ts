import { expect, test } from 'vitest';
import type { Forest } from './forest.ts';
import { predictMargins } from './tree-walker.ts';
import { readXgboostModel } from './xgboost-model.ts';

/** A stump: x0 < 0.5 goes to -1, the rest to 1, missing to the right. */
function stump() {
  return {
    left_children: [1, -1, -1],
    right_children: [2, -1, -1],
    split_indices: [0, 0, 0],
    split_conditions: [0.5, -1, 1],
    default_left: [0, 0, 0],
    split_type: [0, 0, 0],
    categories_nodes: [] as number[],
    categories_segments: [] as number[],
    categories_sizes: [] as number[],
    categories: [] as number[],
    tree_param: { size_leaf_vector: '1' },
  };
}

function model() {
  return {
    learner: {
      attributes: {} as Record<string, string>,
      feature_names: ['x'],
      feature_types: [] as string[],
      gradient_booster: { name: 'gbtree', model: { trees: [stump()], tree_info: [0] } },
      learner_model_param: { base_score: '[5E-1]', num_class: '0', num_feature: '1', num_target: '1' },
      objective: { name: 'binary:logistic' },
    },
  };
}

const predictMargin = (forest: Forest, row: Float32Array) => predictMargins(forest, row)[0];

type Model = ReturnType<typeof model>;
type Tree = ReturnType<typeof stump>;

function read(change: (learner: Model['learner'], tree: Tree) => void): () => unknown {
  const changed = model();
  const [tree] = changed.learner.gradient_booster.model.trees;
  if (tree !== undefined) change(changed.learner, tree);
  return () => readXgboostModel(JSON.stringify(changed));
}

test('a value on the threshold goes right, a missing one where the tree says', () => {
  const forest = readXgboostModel(JSON.stringify(model()));
  const margins = [0.25, 0.5, 0.75, Number.NaN].map((x) => predictMargin(forest, Float32Array.of(x)));
  expect(margins).toEqual([-1, 1, 1, 1]);
});

test('children may lie anywhere, and pruned nodes between them are left out', () => {
  const changed = model();
  // Node 0 splits at 0.5 to 4 (a split at 0.25, of 1 and 3) and 2; node 5 was pruned.
  Object.assign(changed.learner.gradient_booster.model.trees[0] ?? {}, {
    left_children: [4, -1, -1, -1, 1, 0],
    right_children: [2, -1, -1, -1, 3, 9],
    split_indices: [0, 0, 0, 0, 0, 99],
    split_conditions: [0.5, 10, 20, 30, 0.25, 0],
    default_left: [1, 0, 0, 0, 0, 0],
    split_type: [0, 0, 0, 0, 0, 0],
  });
  const forest = readXgboostModel(JSON.stringify(changed));
  const margins = [0, 0.25, 0.5, Number.NaN].map((x) => predictMargin(forest, Float32Array.of(x)));
  expect(margins).toEqual([10, 30, 20, 30]);
  expect([forest.cover.length, forest.depth]).toEqual([5, 2]);
});

test.each([
  [0, 1],
  [1, -1],
])('categories: with default_left %i a missing value gives %i', (default_left, ofMissing) => {
  const changed = model();
  Object.assign(changed.learner.gradient_booster.model.trees[0] ?? {}, {
    default_left: [default_left, 0, 0],
    split_type: [1, 0, 0],
    categories_nodes: [0],
    categories_segments: [0],
    categories_sizes: [2],
    categories: [0, 3],
  });
  const forest = readXgboostModel(JSON.stringify(changed));
  const cells = [0, 3, 3.9, 1, 7, -1, -0.5, Number.NaN];
  const margins = cells.map((x) => predictMargin(forest, Float32Array.of(x)));
  expect(margins).toEqual([1, 1, 1, -1, -1, -1, -1, ofMissing]);
});

test('thresholds and inputs meet as float32: 0.1 as a double lies below 0.1 as a float32, and is not less', () => {
  const changed = model();
  Object.assign(changed.learner.gradient_booster.model.trees[0] ?? {}, {
    split_conditions: [Math.fround(0.1), -1, 1],
  });
  const forest = readXgboostModel(JSON.stringify(changed));
  expect(0.1 < Math.fround(0.1)).toBe(true);
  expect(predictMargin(forest, Float32Array.of(0.1))).toBe(1);
});

test.each([
  ['[5E-1]', 0],
  ['5E-1', 0],
  ['[2.5E-1]', Math.fround(-1.0986123)],
])('the base score %s is a probability', (base_score, margin) => {
  const changed = model();
  changed.learner.learner_model_param.base_score = base_score;
  expect(readXgboostModel(JSON.stringify(changed)).baseMargins[0]).toBeCloseTo(margin, 6);
});

test('the base score of a regression is a margin', () => {
  const changed = model();
  changed.learner.objective.name = 'reg:squarederror';
  changed.learner.learner_model_param.base_score = '[4.2E1]';
  expect(readXgboostModel(JSON.stringify(changed)).baseMargins[0]).toBe(42);
});

test.each<[string, RegExp, (learner: Model['learner'], tree: Tree) => void]>([
  ['DART', /'dart'/, (learner) => Object.assign(learner.gradient_booster, { name: 'dart' })],
  ['gblinear', /'gblinear'/, (learner) => Object.assign(learner.gradient_booster, { name: 'gblinear' })],
  ['multi-output', /multi-output/, ({ learner_model_param: p }) => Object.assign(p, { num_target: '2' })],
  ['objective', /'rank:ndcg'/, (learner) => Object.assign(learner.objective, { name: 'rank:ndcg' })],
  ['vector leaves', /vectors/, (_, tree) => Object.assign(tree.tree_param, { size_leaf_vector: '3' })],
  [
    'early stopping',
    /best_iteration/,
    (learner) => Object.assign(learner.attributes, { best_iteration: '3' }),
  ],
])('not supported, and said by name: %s', (_name, message, change) => {
  expect(read(change)).toThrow(message);
  expect(read(change)).toThrow(/not supported/);
});

test.each<[string, RegExp, (learner: Model['learner'], tree: Tree) => void]>([
  ['child out of bounds', /child 3/, (_, tree) => Object.assign(tree, { right_children: [3, -1, -1] })],
  ['negative child', /child -2/, (_, tree) => Object.assign(tree, { left_children: [-2, -1, -1] })],
  ['one child', /child -1/, (_, tree) => Object.assign(tree, { right_children: [-1, -1, -1] })],
  [
    'cycle',
    /node 0 is reached twice/,
    (_, tree) => Object.assign(tree, { left_children: [1, 0, -1], right_children: [2, 2, -1] }),
  ],
  ['self', /node 0 is reached twice/, (_, tree) => Object.assign(tree, { left_children: [0, -1, -1] })],
  [
    'shared child',
    /node 1 is reached twice/,
    (_, tree) => Object.assign(tree, { right_children: [1, -1, -1] }),
  ],
  ['feature out of bounds', /feature 1/, (_, tree) => Object.assign(tree, { split_indices: [1, 0, 0] })],
  ['negative feature', /feature -1/, (_, tree) => Object.assign(tree, { split_indices: [-1, 0, 0] })],
  ['fraction', /fractions/, (_, tree) => Object.assign(tree, { left_children: [1.5, -1, -1] })],
  ['no nodes', /no nodes/, (_, tree) => Object.assign(tree, { left_children: [] })],
  [
    'short column',
    /2 split_conditions for 3/,
    (_, tree) => Object.assign(tree, { split_conditions: [0, 1] }),
  ],
  ['null leaf', /no finite number/, (_, tree) => Object.assign(tree, { split_conditions: [0, null, 1] })],
  [
    'beyond float32',
    /no finite number/,
    (_, tree) => Object.assign(tree, { split_conditions: [0, 1e39, 1] }),
  ],
  ['no column', /no list default_left/, (_, tree) => Object.assign(tree, { default_left: 'x' })],
  [
    'feature names',
    /2 feature names for 1/,
    (learner) => Object.assign(learner, { feature_names: ['x', 'y'] }),
  ],
  [
    'too many features',
    /num_feature/,
    ({ learner_model_param: p }) => Object.assign(p, { num_feature: '99999', feature_names: [] }),
  ],
  ['classes', /3 classes for binary/, ({ learner_model_param: p }) => Object.assign(p, { num_class: '3' })],
  [
    'two base scores',
    /2 base scores for 1/,
    ({ learner_model_param: p }) => Object.assign(p, { base_score: '[1E-1,2E-1]' }),
  ],
  ['categorical split', /node 0 is categorical/, (_, tree) => Object.assign(tree, { split_type: [1, 0, 0] })],
  [
    'unsound categories',
    /sound categories of node 0/,
    (_, tree) =>
      Object.assign(tree, {
        categories_nodes: [0],
        categories_segments: [1],
        categories_sizes: [2],
        categories: [1, 2],
      }),
  ],
  [
    'tree of a class that is not there',
    /tree_info/,
    (learner) => Object.assign(learner.gradient_booster.model, { tree_info: [1] }),
  ],
  ['base score text', /not a number/, ({ learner_model_param: p }) => Object.assign(p, { base_score: '[]' })],
  [
    'base score 1',
    /between 0 and 1/,
    ({ learner_model_param: p }) => Object.assign(p, { base_score: '1E0' }),
  ],
  ['no trees', /trees/, ({ gradient_booster: { model: m } }) => Object.assign(m, { trees: [] })],
  ['null tree', /not an object/, ({ gradient_booster: { model: m } }) => Object.assign(m, { trees: [null] })],
])('invalid: %s', (_name, message, change) => {
  expect(read(change)).toThrow(message);
  expect(read(change)).toThrow(expect.objectContaining({ code: 'model-invalid' }));
});

test.each([
  ['not JSON', '{', /not JSON/],
  ['another JSON', '[]', /the model/],
  ['too large', ' '.repeat(33 * 1024 * 1024), /more than/],
])('invalid: %s', (_name, text, message) => {
  expect(() => readXgboostModel(text)).toThrow(message);
});
