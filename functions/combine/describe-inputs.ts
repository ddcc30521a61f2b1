/** What a data set was made from: by name, size and checksum, and, kept apart, by generation. */

import { type JoinPlan, readJoinPlan, TABLES } from '../../shared/pipeline/join-plan.ts';
import type { OpenJob } from '../../shared/pipeline/open-job.ts';
import { type PinnedObject, type Plan, runOf } from '../../shared/pipeline/plan-document.ts';

/** Changes when readers of provenance.json have to change. */
const FORMAT = 'pillbox/provenance/1';

interface Input {
  /** As the job names it. */
  readonly name: string;
  /** What it is to the job: `manifest`, the name of a table, `tokenizer` or `knowledge`. */
  readonly role: string;
  readonly pinned: PinnedObject;
}

/** In the order of the job's options. The manifest of a join is made, not given. */
export async function findInputs({ store, plan }: OpenJob): Promise<Input[]> {
  const { job, manifest, tokenizer, knowledge } = plan;
  const tables = job.join === undefined ? undefined : await readJoinPlan(store, runOf(plan));
  const named = (role: string, name: string | undefined, pinned: PinnedObject | undefined): Input[] =>
    name === undefined || pinned === undefined ? [] : [{ name, role, pinned }];
  return [
    ...named('manifest', job.manifest, manifest),
    ...(tables === undefined ? [] : tablesOf(tables)),
    ...named('tokenizer', job.tokens?.tokenizer, tokenizer),
    ...named('knowledge', job.note.knowledge, knowledge),
  ];
}

/** For metadata.json: the same for every copy of the inputs. */
export function describeInputs(inputs: readonly Input[]): object[] {
  return inputs.map(({ name, role, pinned: { sizeBytes, crc32c } }) => ({ name, role, sizeBytes, crc32c }));
}

/** The content of provenance.json: which objects exactly were read. It differs from run to run, as generations do. */
export function describeProvenance({ job, jobGeneration }: Plan, inputs: readonly Input[]): object {
  return {
    format: FORMAT,
    job: job.id,
    jobGeneration,
    inputs: inputs.map(({ name, role, pinned }) => ({
      name,
      role,
      object: `gs://${pinned.bucket}/${pinned.name}`,
      generation: pinned.generation,
    })),
  };
}

function tablesOf({ job, tables }: JoinPlan): Input[] {
  return TABLES.flatMap((table) => {
    const name = job.join?.tables[table];
    const pinned = tables[table];
    return name === undefined || pinned === undefined ? [] : [{ name, role: table, pinned }];
  });
}
