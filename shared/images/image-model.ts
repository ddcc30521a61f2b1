/** One loaded model at a time: loaded when it is first asked, once for all who wait, swapped for another, let go when idle. */

import { TerminalError } from '../errors/terminal-error.ts';
import { HttpProblem } from '../http/problem.ts';

/** What a loaded model can do; ONNX Runtime's session is one. */
export interface LoadedModel {
  run(input: Float32Array, dims: readonly number[]): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Tells models apart; a card is one. */
interface Identified {
  readonly sha256: string;
}

export interface ImageModelOptions<Card extends Identified> {
  readonly open: (card: Card) => Promise<LoadedModel>;
  readonly idleMs?: number;
  /** Calls back once after the time, unless the function that it gives is called before. */
  readonly schedule?: (callback: () => void, delayMs: number) => () => void;
}

export interface ImageModel<Card extends Identified> {
  /**
   * Runs `work` with the card's model, which stays loaded until it ends. While another model is in use it waits, and
   * so does whoever comes later. A load that failed is tried again by the next.
   */
  use<T>(card: Card, work: (model: LoadedModel) => Promise<T>): Promise<T>;
  /** Unloads now if nobody uses it or waits for it; true when its memory has been given back. */
  shed(): Promise<boolean>;
}

interface Waiting {
  readonly sha256: string;
  readonly enter: () => void;
}

const IDLE_MS = 5 * 60_000;

export function createImageModel<Card extends Identified>({
  open,
  idleMs = IDLE_MS,
  schedule = later,
}: ImageModelOptions<Card>): ImageModel<Card> {
  const waiting: Waiting[] = [];
  let present: string | undefined;
  let loading: Promise<LoadedModel> | undefined;
  let releasing: Promise<void> = Promise.resolve();
  let users = 0;
  let cancelUnload = () => {};

  function unload(): void {
    const model = loading;
    loading = undefined;
    if (model !== undefined) releasing = model.then((loaded) => loaded.release()).catch(() => undefined);
  }

  /** In the order in which they came, so that no version is kept waiting for ever by another's callers. */
  function admit(): void {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (users > 0 && next.sha256 !== present) return;
      waiting.shift();
      cancelUnload();
      if (next.sha256 !== present) unload();
      present = next.sha256;
      users += 1;
      next.enter();
    }
  }

  /** What is being unloaded goes first: both at once would not fit. */
  async function load(card: Card): Promise<LoadedModel> {
    await releasing;
    return open(card).catch(asServerFault);
  }

  function loaded(card: Card): Promise<LoadedModel> {
    loading ??= load(card).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }

  return {
    async use(card, work) {
      await new Promise<void>((enter) => {
        waiting.push({ sha256: card.sha256, enter });
        admit();
      });
      try {
        return await work(await loaded(card));
      } finally {
        users -= 1;
        admit();
        if (users === 0 && loading !== undefined) cancelUnload = schedule(unload, idleMs);
      }
    },
    async shed() {
      if (users > 0 || waiting.length > 0 || loading === undefined) return false;
      cancelUnload();
      unload();
      await releasing;
      return true;
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
