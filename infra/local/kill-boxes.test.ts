import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type KillableBox, killBoxes } from './kill-boxes.ts';

const START_MS = 2_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A supervisor of one box each, whose processes start for a while and then have a request until they have worked enough. */
class FakeBoxes {
  readonly killed: { box: string; state: string; requests: number; atMs: number }[] = [];
  readonly #boxes: { name: string; needsMs: number; pid: number; bornMs: number; isDone: boolean }[];
  #pids = 0;

  constructor(works: Readonly<Record<string, number>>) {
    this.#boxes = Object.entries(works).map(([name, needsMs]) => ({ name, needsMs, ...this.#born() }));
  }

  get isDone(): boolean {
    return this.#boxes.every((box) => {
      box.isDone ||= performance.now() - box.bornMs >= START_MS + box.needsMs;
      return box.isDone;
    });
  }

  readonly report = async (): Promise<KillableBox[]> =>
    this.#boxes.map(({ name, pid, bornMs, isDone }) => {
      const isReady = performance.now() - bornMs >= START_MS;
      const state = isReady ? 'ready' : 'starting';
      return { function: name, instances: [{ pid, state, requestsInWork: isReady && !isDone ? 1 : 0 }] };
    });

  readonly kill = (pid: number): void => {
    const box = this.#boxes.find((one) => one.pid === pid);
    if (box === undefined) throw new Error('ESRCH');
    const state = performance.now() - box.bornMs >= START_MS ? 'ready' : 'starting';
    this.killed.push({ box: box.name, state, requests: box.isDone ? 0 : 1, atMs: performance.now() });
    Object.assign(box, this.#born());
  };

  #born() {
    this.#pids += 1;
    return { pid: this.#pids, bornMs: performance.now(), isDone: false };
  }
}

async function run(seed: string, boxes: FakeBoxes, limitMs: number): Promise<void> {
  const stop = killBoxes({ seed, report: boxes.report, kill: boxes.kill });
  for (let ms = 0; ms < limitMs && !boxes.isDone; ms += 100) await vi.advanceTimersByTimeAsync(100);
  stop();
}

test.each([...'12345678'])('with seed %s a task of a minute is disturbed and ends', async (seed) => {
  const boxes = new FakeBoxes({ shard: 60_000, combine: 20_000 });
  await run(seed, boxes, 3_600_000);
  expect(boxes.isDone).toBe(true);
  expect(boxes.killed.length).toBeGreaterThanOrEqual(2);
});

test('only what is ready and has a request is killed, and nothing but the pipeline', async () => {
  const boxes = new FakeBoxes({ shard: 120_000, plan: 30_000, 'predict-diabetes': 600_000 });
  await run('7', boxes, 600_000);
  expect(boxes.killed.length).toBeGreaterThan(2);
  expect(new Set(boxes.killed.map(({ state, requests }) => `${state} ${requests}`))).toEqual(
    new Set(['ready 1']),
  );
  expect(new Set(boxes.killed.map(({ box }) => box))).toEqual(new Set(['shard', 'plan']));
});

test('a box is left alone twice as long after each kill', async () => {
  const boxes = new FakeBoxes({ shard: Number.POSITIVE_INFINITY });
  await run('7', boxes, 3_600_000);
  const times = boxes.killed.map(({ atMs }) => atMs);
  const rests = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
  expect(rests.length).toBeGreaterThan(5);
  rests.forEach((rest, index) => {
    expect(rest).toBeGreaterThanOrEqual(5_000 * 2 ** index);
  });
});

test('the same seed draws the same', async () => {
  const kills = async (seed: string) => {
    const boxes = new FakeBoxes({ shard: 60_000, plan: 60_000, combine: 60_000, join: 60_000 });
    const fromMs = performance.now();
    await run(seed, boxes, 300_000);
    return boxes.killed.map(({ box, atMs }) => `${box} ${atMs - fromMs}`);
  };
  expect(await kills('a')).toEqual(await kills('a'));
  expect(await kills('a')).not.toEqual(await kills('b'));
});

test('a report that fails, and a process that has ended, are looked over; after the stop nothing is killed', async () => {
  let reports = 0;
  const killed: number[] = [];
  const stop = killBoxes({
    seed: '7',
    report: async () => {
      reports += 1;
      if (reports === 1) throw new Error('no report');
      return [{ function: 'shard', instances: [{ pid: reports, state: 'ready', requestsInWork: 1 }] }];
    },
    kill(pid) {
      killed.push(pid);
      throw new Error('ESRCH');
    },
  });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(killed.length).toBeGreaterThan(1);
  stop();
  const before = killed.length;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(killed).toHaveLength(before);
});
