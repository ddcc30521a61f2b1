/** Runs numbered schedules one after the other, and says which of them changed what comes of the job. */

import { drawSchedule, type FaultSchedule, type Place, type Profile } from './fault-schedule.ts';
import { type JobKind, type Mutation, type Outcome, runScheduled } from './scheduled-job.ts';

interface Undisturbed {
  readonly kind: JobKind;
  readonly outcome: Outcome;
  readonly profile: Profile;
}

/** Of one number. */
export interface ScheduleResult {
  readonly kind: JobKind;
  readonly schedule: FaultSchedule;
  /** Undefined when all is as it should be. */
  readonly problem: string | undefined;
  /** Where the faults were met. */
  readonly met: readonly Place[];
}

export interface ScheduleRunner {
  readonly undisturbed: readonly Undisturbed[];
  run(seed: number): Promise<ScheduleResult>;
}

/** @param mutate undisturbed jobs come to the same with it. Throws when they do not. */
export async function createScheduleRunner(mutate?: Mutation): Promise<ScheduleRunner> {
  const undisturbed: Undisturbed[] = [];
  for (const kind of ['manifest', 'join'] as const) {
    const { outcome, profile } = await runScheduled(kind, { faults: [] });
    const problem =
      problemOf(outcome, outcome) ?? (mutate && (await problemOfMutated(kind, outcome, mutate)));
    if (problem !== undefined) throw new Error(`undisturbed, the ${kind} job: ${problem}`);
    undisturbed.push({ kind, outcome, profile });
  }
  return {
    undisturbed,
    async run(seed) {
      const reference = undisturbed[seed % undisturbed.length];
      if (reference === undefined) throw new Error(`no job for seed ${seed}`);
      const { kind, outcome: expected, profile } = reference;
      // Each job has every other number; its schedules go round by themselves.
      const schedule = { ...drawSchedule(Math.floor(seed / undisturbed.length), profile), seed };
      try {
        const { outcome, met } = await runScheduled(kind, schedule, mutate);
        return { kind, schedule, met, problem: problemOf(outcome, expected) };
      } catch (error) {
        return { kind, schedule, met: [], problem: String(error) };
      }
    },
  };
}

/** For a figure: how many of the schedules numbered from 1 change nothing. */
export async function runSchedules(count: number): Promise<{ schedules: number; identical: number }> {
  const runner = await createScheduleRunner();
  let identical = 0;
  for (let seed = 1; seed <= count; seed++) {
    if ((await runner.run(seed)).problem === undefined) identical += 1;
  }
  return { schedules: count, identical };
}

/** All that is needed to run it again. */
export function describeResult({ kind, schedule, problem }: ScheduleResult): string {
  const { seed, faults } = schedule;
  const lines = faults.map((fault) => `  ${JSON.stringify(fault)}`);
  return [`PILLBOX_FAULT_SEED=${seed} (${kind} job): ${problem ?? 'identical'}`, ...lines].join('\n');
}

async function problemOfMutated(kind: JobKind, expected: Outcome, mutate: Mutation) {
  return problemOf((await runScheduled(kind, { faults: [] }, mutate)).outcome, expected);
}

function problemOf(outcome: Outcome, expected: Outcome): string | undefined {
  const names = new Set([...Object.keys(expected.outputs), ...Object.keys(outcome.outputs)]);
  const differing = [...names].filter((name) => outcome.outputs[name] !== expected.outputs[name]);
  const foreign = [...new Set(outcome.names).symmetricDifference(new Set(expected.names))];
  const problems = [
    differing.length > 0 && `other outputs: ${differing.join(', ')}`,
    foreign.length > 0 && `other objects: ${foreign.join(', ')}`,
    outcome.left.length > 0 && `left behind: ${outcome.left.join(', ')}`,
    outcome.enqueued > 0 && `${outcome.enqueued} tasks wait`,
    !outcome.countsAddUp && 'the counts do not add up',
  ].filter((problem) => problem !== false);
  return problems.length > 0 ? problems.join('; ') : undefined;
}
