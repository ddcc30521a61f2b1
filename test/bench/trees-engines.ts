/** The two engines of the tree benchmark, each imported when asked for: an engine's own code counts as bare. */

import { readFileSync } from 'node:fs';
import { MAX_CHARS, type TreesTask } from './trees-task.ts';

export interface TreesEngine {
  predict(row: Float32Array): unknown;
  /** The margin of each row. */
  predictAll(rows: readonly Float32Array[]): Float32Array | Promise<Float32Array>;
  explain?(row: Float32Array): unknown;
  readonly arraysBytes?: number;
}

type Open = (task: TreesTask) => Promise<TreesEngine>;

export async function openWalker(): Promise<Open> {
  const { createExplainer } = await import('../../shared/models/tree-shap.ts');
  const { predictBatchMargins, predictMargins } = await import('../../shared/models/tree-walker.ts');
  const { readXgboostModel } = await import('../../shared/models/xgboost-model.ts');
  return async ({ json }) => {
    const forest = readXgboostModel(readFileSync(json, 'utf8'), { maxChars: MAX_CHARS });
    const { words, cover, roots, treeClass } = forest;
    let explainer: ReturnType<typeof createExplainer>;
    return {
      predict: (row) => predictMargins(forest, row),
      predictAll: (rows) =>
        Float32Array.from(predictBatchMargins(forest, rows), ([margin = Number.NaN]) => margin),
      // Made when first asked for: predictions do without it.
      explain(row) {
        explainer ??= createExplainer(forest);
        return explainer?.explain(row);
      },
      arraysBytes: [words, cover, roots, treeClass].reduce((sum, array) => sum + array.byteLength, 0),
    };
  };
}

/** On one thread, with settings that are otherwise its own. */
export async function openOnnx(): Promise<Open> {
  // Read once, when the runtime starts: without it, ONNX Runtime reports to its maker over the network.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  return async ({ onnx, ensemble }) => {
    const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    const run = async (values: Float32Array): Promise<Float32Array> => {
      const rows = new Tensor('float32', values, [values.length / ensemble.features, ensemble.features]);
      const data = (await session.run({ rows }))['margins']?.data;
      if (!(data instanceof Float32Array)) throw new TypeError('ONNX Runtime gave no margins');
      return data;
    };
    return {
      predict: run,
      predictAll: (rows) => run(Float32Array.from(rows.flatMap((row) => [...row]))),
    };
  };
}
