/** Writes the ensemble of a benchmark to a folder, as XGBoost's JSON and as ONNX; a process of its own, as it takes 1 GiB. */

import { readFileSync, writeFileSync } from 'node:fs';
import { readXgboostModel } from '../../shared/models/xgboost-model.ts';
import { syntheticForest } from '../fixtures/models/synthetic-forest.ts';
import { forestToOnnx } from './trees-onnx.ts';
import { MAX_CHARS, parseTreesTask } from './trees-task.ts';

const { ensemble, json, onnx } = parseTreesTask(process.argv[2]);
writeFileSync(json, syntheticForest(ensemble));
writeFileSync(onnx, forestToOnnx(readXgboostModel(readFileSync(json, 'utf8'), { maxChars: MAX_CHARS })));
