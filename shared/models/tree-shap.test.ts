import { expect, test } from 'vitest';
import { createExplainer } from './tree-shap.ts';
import { predictMargins } from './tree-walker.ts';
import { readXgboostModel } from './xgboost-model.ts';

/** Of two features: the first splits nodes 0 and 1, the second node 2. */
const TWICE_AT_ONCE = {
  left_children: [1, 3, 5, -1, -1, -1, -1],
  right_children: [2, 4, 6, -1, -1, -1, -1],
  split_indices: [0, 0, 1, 0, 0, 0, 0],
  split_conditions: [0.5, 0.25, 0.5, 1, 2, 4, 8],
  default_left: [0, 1, 0, 0, 0, 0, 0],
};
/** The second splits node 0, the first nodes 1 and 3. */
const TWICE_BELOW = {
  ...TWICE_AT_ONCE,
  left_children: [1, 3, -1, 5, -1, -1, -1],
  right_children: [2, 4, -1, 6, -1, -1, -1],
  split_indices: [1, 0, 0, 0, 0, 0, 0],
};

function model(sum_hessian: readonly number[] | undefined, columns = TWICE_AT_ONCE) {
  const tree = { ...columns, sum_hessian };
  const learner = {
    gradient_booster: { name: 'gbtree', model: { trees: [tree], tree_info: [0] } },
    learner_model_param: { base_score: '0E0', num_feature: '2' },
    objective: { name: 'reg:squarederror' },
  };
  return readXgboostModel(JSON.stringify({ learner }));
}

const ROWS = [
  [0, 0],
  [0.3, 1],
  [0.7, 0],
  [0.7, 1],
  [Number.NaN, Number.NaN],
].map((row) => Float32Array.from(row));

test('contributions worked out by hand: one feature is known at a time, in both orders', () => {
  const forest = model([8, 4, 4, 2, 2, 2, 2]);
  const { bias, contributions } = createExplainer(forest)?.explain(Float32Array.of(0.7, 1)) ?? {};
  // Nothing known 3.75; the first alone 6; the second alone 0.5 * 1.5 + 0.5 * 8 = 4.75; both 8.
  expect(bias).toBe(3.75);
  expect(contributions?.[0]).toBeCloseTo((6 - 3.75 + (8 - 4.75)) / 2, 12);
  expect(contributions?.[1]).toBeCloseTo((4.75 - 3.75 + (8 - 6)) / 2, 12);
});

test.each([
  ['all nodes', [8, 4, 4, 1, 3, 2, 2], TWICE_AT_ONCE],
  ['none to the left', [8, 0, 8, 0, 0, 2, 6], TWICE_AT_ONCE],
  ['none to the right', [8, 8, 0, 8, 0, 0, 0], TWICE_AT_ONCE],
  ['none at all', [0, 0, 0, 0, 0, 0, 0], TWICE_AT_ONCE],
  ['no split of a feature that splits again', [8, 6, 2, 0, 6, 0, 0], TWICE_BELOW],
])('training rows came to %s: contributions add up to the margin', (_name, cover, columns) => {
  const forest = model(cover, columns);
  const explainer = createExplainer(forest);
  for (const row of ROWS) {
    const { bias = Number.NaN, contributions = [] } = explainer?.explain(row) ?? {};
    const sum = [...contributions].reduce((total, each) => total + each, bias);
    expect(sum).toBeCloseTo(predictMargins(forest, row)[0] ?? Number.NaN, 10);
  }
});

test('without statistics there is no explainer', () => {
  expect(createExplainer(model(undefined))).toBeUndefined();
});
