/** A model that is loaded when it is first asked, once for all who wait, and unloaded when nobody has asked for a while. */

import { TerminalError } from '../errors/terminal-error.ts';
import { HttpProblem } from '../http/problem.ts';

/** What a loaded model can do; ONNX Runtime's session is one. */
export interface LoadedModel {
  run(input: Float32Array, dims: readonly number[]): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface ImageModelOptions {
  readonly open: () => Promise<LoadedModel>;
  readonly idleMs?: number;
  /** Calls back once after the time, unless the function that it gives is called before. */
  readonly schedule?: (callback: () => void, delayMs: number) => () => void;
}

export interface ImageModel {
  /** Runs `work` with the model, which stays loaded until it ends. A load that failed is tried again by the next. */
  use<T>(work: (model: LoadedModel) => Promise<T>): Promise<T>;
}

const IDLE_MS = 5 * 60_000;

export function createImageModel({
  open,
  idleMs = IDLE_MS,
  schedule = later,
}: ImageModelOptions): ImageModel {
  let loading: Promise<LoadedModel> | undefined;
  let releasing: Promise<void> = Promise.resolve();
  let users = 0;
  let cancelUnload = () => {};

  /** What is being unloaded goes first: both at once would not fit. */
  async function load(): Promise<LoadedModel> {
    await releasing;
    return open().catch(asServerFault);
  }

  function unload(): void {
    const model = loading;
    loading = undefined;
    if (model !== undefined) releasing = model.then((loaded) => loaded.release()).catch(() => undefined);
  }

  return {
    async use(work) {
      cancelUnload();
      users += 1;
      try {
        loading ??= load().catch((error: unknown) => {
          loading = undefined;
          throw error;
        });
        return await work(await loading);
      } finally {
        users -= 1;
        if (users === 0 && loading !== undefined) cancelUnload = schedule(unload, idleMs);
      }
    },
  };
}

function later(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs).unref();
  return () => clearTimeout(timer);
}

/** A model that cannot be used is no fault of the request's, which is what a TerminalError would be answered as. */
function asServerFault(error: unknown): never {
  if (!(error instanceof TerminalError)) throw error;
  throw new HttpProblem(500, error.code, 'Model cannot be used', { detail: error.message });
}
