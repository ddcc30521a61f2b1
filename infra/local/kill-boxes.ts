/**
 * Kills processes of the pipeline's boxes at work, as drawn from a seed: what `pillbox start --chaos` does besides. Each box is
 * killed more and more rarely, so that every task ends.
 */

import { createDraw } from './cloud/chaos/draw.ts';
import type { BoxReport } from './supervisor/box-report.ts';

const PIPELINE: ReadonlySet<string> = new Set(['join', 'plan', 'shard', 'combine']);
/** Between one kill and the next. */
const LEAST_MS = 1_000;
const MOST_MS = 6_000;
/** How often it is looked whether somebody is at work. */
const LOOK_MS = 500;
/** A box is left alone for so long after its first kill, and twice as long after each further one. */
const FIRST_REST_MS = 5_000;

export interface KillBoxesOptions {
  readonly seed: string;
  readonly report: () => Promise<readonly KillableBox[]>;
  /** Given a process id; absent = SIGKILL. May throw where the process has ended. */
  readonly kill?: (pid: number) => void;
}

export interface KillableBox {
  readonly function: string;
  readonly instances: readonly Pick<BoxReport['instances'][number], 'pid' | 'state' | 'requestsInWork'>[];
}

interface Past {
  readonly kills: number;
  readonly restUntilMs: number;
}

/** Returns what ends it. */
export function killBoxes({ seed, report, kill = killHard }: KillBoxesOptions): () => void {
  const drawOf = createDraw(seed);
  const past = new Map<string, Past>();
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const draw = (): number => {
    drawn += 1;
    return drawOf(`kill/${drawn}`);
  };
  const lookIn = (ms: number): void => {
    if (!isStopped) timer = setTimeout(look, ms).unref();
  };
  const pauseMs = () => LEAST_MS + draw() * (MOST_MS - LEAST_MS);

  async function look(): Promise<void> {
    const boxes = await report().catch(() => []);
    if (isStopped) return;
    const victims = boxes.filter(isKillable).flatMap(atWork);
    const victim = victims[victims.length === 0 ? 0 : Math.floor(draw() * victims.length)];
    if (victim === undefined) return lookIn(LOOK_MS);
    const kills = (past.get(victim.box)?.kills ?? 0) + 1;
    past.set(victim.box, { kills, restUntilMs: performance.now() + FIRST_REST_MS * 2 ** (kills - 1) });
    try {
      kill(victim.pid);
    } catch {
      // It had ended by itself.
    }
    lookIn(pauseMs());
  }

  function isKillable({ function: name }: KillableBox): boolean {
    return PIPELINE.has(name) && performance.now() >= (past.get(name)?.restUntilMs ?? 0);
  }

  lookIn(pauseMs());
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

/** One that still starts has nothing to lose, and would be killed again and again without a task having begun. */
function atWork({ function: box, instances }: KillableBox): { box: string; pid: number }[] {
  return instances
    .filter(({ state, requestsInWork }) => state === 'ready' && requestsInWork > 0)
    .map(({ pid }) => ({ box, pid }));
}

function killHard(pid: number): void {
  process.kill(pid, 'SIGKILL');
}
