/** How ONNX Runtime is told to do with little memory. Keys below `extra` are its own; their values are strings. */

import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';

type SessionOptions = InferenceSession.SessionOptions;

/** Measured on ResNet50 with two processors: the second thread halves a run and takes 0.3 MiB. */
const MAX_THREADS = 4;

/** Threads that wait sleep: they would take the processor from the boxes beside this one, and a run is no slower. */
const SLEEPING = { intra_op: { allow_spinning: '0' } };

/** Any graph, optimised while it loads. */
export const LEAN: SessionOptions = {
  executionProviders: ['cpu'],
  executionMode: 'sequential',
  // As many as the box may use: on Cloud Run what function.json states, whatever the machine below has.
  intraOpNumThreads: Math.min(availableParallelism(), MAX_THREADS),
  interOpNumThreads: 1,
  // Measured on ResNet50: the arena makes a run a tenth faster and costs no peak; the pattern adds 7 MiB to it.
  enableCpuMemArena: true,
  enableMemPattern: false,
  logSeverityLevel: 3,
  extra: { session: SLEEPING },
};

/** Loading takes a third less memory, running half as long again. */
export const AS_IT_STANDS: SessionOptions = { ...LEAN, graphOptimizationLevel: 'disabled' };

/** To write what PACKED reads. */
export const OPTIMISING: SessionOptions = {
  ...LEAN,
  graphOptimizationLevel: 'all',
  extra: { session: { ...SLEEPING, save_model_format: 'ORT' } },
};

/** The weights stay in the file, mapped: the kernel may take their pages back, and they load when first touched. */
export const PACKED: SessionOptions = {
  ...LEAN,
  graphOptimizationLevel: 'disabled',
  extra: {
    session: {
      ...SLEEPING,
      load_model_format: 'ORT',
      use_memory_mapped_ort_model: '1',
      use_ort_model_bytes_for_initializers: '1',
    },
  },
};
