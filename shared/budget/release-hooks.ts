/** What can give memory back under pressure: caches at the level shed, buffers at flush. */

import { isAtLeast, type PressureLevel } from './thresholds.ts';

export interface ReleaseHook {
  /** For the log and metrics; names no input. */
  readonly name: string;
  readonly level: 'shed' | 'flush';
  /** Gives back what it can and says how many bytes that was. */
  release(): number | Promise<number>;
}

export interface Release {
  readonly name: string;
  readonly bytes: number;
  /** Why the hook failed; its bytes then are 0, and the other hooks run all the same. */
  readonly error?: unknown;
}

/** What a box needs of its budget to be asked to give back. */
export interface TakesHooks {
  /** Absent = nobody asks. */
  register?(hook: ReleaseHook): unknown;
}

export interface ReleaseHooks {
  /** Gives back what takes the hook out again. */
  register(hook: ReleaseHook): () => void;
  /** Runs the hooks of this level and below. One that still runs from before is not begun again. */
  release(level: PressureLevel): void;
}

export function createReleaseHooks(onReleased: (release: Release) => void): ReleaseHooks {
  const hooks = new Set<ReleaseHook>();
  const running = new Set<ReleaseHook>();
  const run = async (hook: ReleaseHook): Promise<void> => {
    running.add(hook);
    try {
      onReleased({ name: hook.name, bytes: await hook.release() });
    } catch (error) {
      onReleased({ name: hook.name, bytes: 0, error });
    } finally {
      running.delete(hook);
    }
  };
  return {
    register(hook) {
      // A copy, so that one object registered twice is two hooks, each with its own way out.
      const own: ReleaseHook = { name: hook.name, level: hook.level, release: () => hook.release() };
      hooks.add(own);
      return () => void hooks.delete(own);
    },
    release(level) {
      for (const hook of hooks) {
        if (isAtLeast(level, hook.level) && !running.has(hook)) void run(hook);
      }
    },
  };
}
