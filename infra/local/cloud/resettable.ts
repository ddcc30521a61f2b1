/** What is open over the state of a local cloud, and can be emptied while it serves. */

import type { IncomingMessage } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import { removeState } from './control/remove-state.ts';
import { openRequestsUnderWay } from './requests-under-way.ts';
import { openState } from './state.ts';

/** How long a reset waits for the requests under way; those of a test or a command are answered by then. */
const REQUEST_LIMIT_MS = 1_000;

interface Parts {
  start(): void;
  /** The state may be closed afterwards. */
  stop(): Promise<void>;
}

export interface Resettable<P extends Parts> {
  /** Those that are open now. */
  parts(): P;
  /** Answers a request with them; during a reset it waits for its end. Throws when the reset could not open them again. */
  during<Result>(request: IncomingMessage, answer: (parts: P) => Promise<Result>): Promise<Result>;
  /** A second one follows the first. Throws when something could not be removed; what is left is served again. */
  reset(): Promise<void>;
  /** Stops the parts, once a reset under way has ended, and closes the state. */
  close(): Promise<void>;
}

/** Opens the parts, not started yet. @param state of `dir`; its caller's to close when this throws. */
export async function openResettable<P extends Parts>(
  dir: string,
  state: DatabaseSync,
  openParts: (state: DatabaseSync) => Promise<P>,
): Promise<Resettable<P>> {
  let current = { state, parts: await openParts(state) };
  let ready = Promise.resolve();
  const underWay = openRequestsUnderWay();

  async function shut(): Promise<void> {
    // A reset that failed has done it.
    if (!current.state.isOpen) return;
    await current.parts.stop();
    current.state.close();
  }

  async function reopen(): Promise<void> {
    const opened = openState(dir);
    try {
      current = { state: opened, parts: await openParts(opened) };
    } catch (error) {
      opened.close();
      throw error;
    }
    current.parts.start();
  }

  async function empty(): Promise<void> {
    await underWay.ended(REQUEST_LIMIT_MS);
    await shut();
    await removeState(dir).finally(reopen);
  }

  return {
    parts: () => current.parts,
    async during(request, answer) {
      // Another reset may have followed the one that was waited for.
      for (let seen: Promise<void> | undefined; seen !== ready; ) {
        seen = ready;
        await seen;
      }
      return underWay.during(request, () => answer(current.parts));
    },
    async reset() {
      // One that failed is not the end: the next one tries again.
      const emptied = ready.catch(() => {}).then(empty);
      ready = emptied.catch((error: unknown) => {
        if (!current.state.isOpen) throw error;
      });
      ready.catch(() => {});
      await emptied;
    },
    async close() {
      await ready.catch(() => {});
      await shut();
    },
  };
}
