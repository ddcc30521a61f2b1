/** Runs ONNX graphs: the one file that imports ONNX Runtime, on first use, with the least memory it can do with. */

import type { InferenceSession } from 'onnxruntime-node';
import { TerminalError } from '../errors/terminal-error.ts';
import { readCpuFlags, sameFlags } from './pack-platform.ts';
import { AS_IT_STANDS, LEAN, OPTIMISING, PACKED } from './session-options.ts';

/** A graph optimised ahead, and what it was optimised for. */
export interface PackedGraph {
  readonly path: string;
  readonly cpuFlags: readonly string[];
  readonly runtimeVersion: string;
}

export interface OnnxModelFile {
  /** The graph as it was exported: loads anywhere, at a cost. */
  readonly path: string;
  readonly packed?: PackedGraph | undefined;
}

export interface OnnxSessionOptions {
  /** Told why a packed graph was passed over. */
  readonly warn?: (message: string, fields: Readonly<Record<string, string>>) => void;
  /** ONNX Runtime's own settings, to measure against; packed graphs are ignored. */
  readonly runtimeDefaults?: boolean;
  /** An unpacked graph is not optimised: loading takes a third less memory, running half as long again. */
  readonly asItStands?: boolean;
  /** This processor's, unless a test says otherwise. */
  readonly cpuFlags?: readonly string[];
}

export interface OnnxSession {
  readonly loadedFrom: 'packed' | 'plain';
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** The first output's values. Runs wait for one another. */
  run(input: Float32Array, dims: readonly number[]): Promise<Float32Array>;
  /** Waits for the run under way. A released session rejects every run. */
  release(): Promise<void>;
}

type Runtime = typeof import('onnxruntime-node');

let loading: Promise<Runtime> | undefined;

/** Throws a TerminalError ('model-invalid') when the file is no graph that ONNX Runtime accepts. */
export async function openOnnxSession(
  model: OnnxModelFile,
  options: OnnxSessionOptions = {},
): Promise<OnnxSession> {
  const runtime = await loadRuntime();
  if (options.runtimeDefaults === true) return wrap(runtime, await create(runtime, model.path, {}), 'plain');
  const packed = usablePacked(model.packed, runtime, options);
  if (packed === undefined)
    return wrap(
      runtime,
      await create(runtime, model.path, options.asItStands === true ? AS_IT_STANDS : LEAN),
      'plain',
    );
  return wrap(runtime, await create(runtime, packed.path, PACKED), 'packed');
}

/** Writes `target`, the graph of `source` optimised for this processor, in ONNX Runtime's own format. */
export async function optimiseGraph(source: string, target: string): Promise<void> {
  const runtime = await loadRuntime();
  const session = await create(runtime, source, { ...OPTIMISING, optimizedModelFilePath: target });
  await session.release();
}

export async function readRuntimeVersion(): Promise<string> {
  return versionOf(await loadRuntime());
}

function loadRuntime(): Promise<Runtime> {
  // Read once, when the runtime starts: without it, ONNX Runtime reports to its maker over the network.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  loading ??= import('onnxruntime-node');
  return loading;
}

function versionOf(runtime: Runtime): string {
  return runtime.env.versions.node ?? 'unknown';
}

function usablePacked(
  packed: PackedGraph | undefined,
  runtime: Runtime,
  { warn = () => undefined, cpuFlags = readCpuFlags() }: OnnxSessionOptions,
): PackedGraph | undefined {
  if (packed === undefined) return undefined;
  const version = versionOf(runtime);
  if (packed.runtimeVersion !== version) {
    warn('packed for another ONNX Runtime: the unpacked graph is used, with more memory and a slower start', {
      packedFor: packed.runtimeVersion,
      here: version,
    });
    return undefined;
  }
  if (sameFlags(packed.cpuFlags, cpuFlags)) return packed;
  warn('packed for another processor: the unpacked graph is used, with more memory and a slower start', {
    packedFor: packed.cpuFlags.join(' '),
    here: cpuFlags.join(' '),
  });
  return undefined;
}

async function create(
  runtime: Runtime,
  path: string,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  try {
    // By path: from a Buffer the runtime holds the file twice while it loads.
    return await runtime.InferenceSession.create(path, options);
  } catch (cause) {
    throw new TerminalError('model-invalid', 'ONNX Runtime does not accept the graph', { cause });
  }
}

async function wrap(
  runtime: Runtime,
  session: InferenceSession,
  loadedFrom: OnnxSession['loadedFrom'],
): Promise<OnnxSession> {
  try {
    requireFloats(session);
  } catch (error) {
    await session.release();
    throw error;
  }
  let tail: Promise<unknown> = Promise.resolve();
  let released: Promise<void> | undefined;
  return {
    loadedFrom,
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run(input, dims) {
      if (released !== undefined) return Promise.reject(new Error('the session is released'));
      const result = tail.then(() => runOnce(runtime, session, { input, dims }));
      tail = result.catch(() => undefined);
      return result;
    },
    release() {
      released ??= tail.then(() => session.release());
      return released;
    },
  };
}

/** The binding cannot be given half floats where JavaScript has them: it takes their array for an empty one. */
function requireFloats({ inputMetadata, outputMetadata }: InferenceSession): void {
  for (const [what, metadata] of [
    ['input', inputMetadata[0]],
    ['output', outputMetadata[0]],
  ] as const) {
    const type = metadata?.isTensor === true ? metadata.type : 'none';
    if (type === 'float32') continue;
    const advice = type === 'float16' ? '; convert it with its inputs and outputs kept (keep_io_types)' : '';
    throw new TerminalError('model-invalid', `the first ${what} must be float32, not ${type}${advice}`);
  }
}

async function runOnce(
  { Tensor }: Runtime,
  session: InferenceSession,
  { input, dims }: { readonly input: Float32Array; readonly dims: readonly number[] },
): Promise<Float32Array> {
  const [inputName = ''] = session.inputNames;
  const [outputName = ''] = session.outputNames;
  const feed = new Tensor('float32', input, dims);
  const results = await session.run({ [inputName]: feed }, [outputName]);
  const data = results[outputName]?.data;
  // A copy: the runtime's own memory goes with the tensor.
  const values = data instanceof Float32Array ? Float32Array.from(data) : undefined;
  feed.dispose();
  for (const tensor of Object.values(results)) tensor.dispose();
  if (values === undefined) throw new TerminalError('model-invalid', `output ${outputName} has no numbers`);
  return values;
}
