/** Makes one tar of the output from its parts and the end-of-archive blocks; no byte of a record comes by here. */

import { RetryableError } from '../../shared/errors/retryable-error.ts';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { createOnce, deleteGenerations } from '../../shared/pipeline/create-once.ts';
import { climb, markerName, readMarker, writeLeaf } from '../../shared/pipeline/fan-in.ts';
import { composeFolder, endOfArchiveName, tarFile } from '../../shared/pipeline/object-names.ts';
import type { OpenJob } from '../../shared/pipeline/open-job.ts';
import { runOf } from '../../shared/pipeline/plan-document.ts';
import { type Part, shardFanIn, tarGroupSchema } from '../../shared/pipeline/shard-markers.ts';
import { jobRefOf, type TarTask } from '../../shared/pipeline/stage-tasks.ts';
import { type Output, tarFanIn } from '../../shared/pipeline/tar-markers.ts';
import type { ObjectInfo } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError } from '../../shared/storage/storage-errors.ts';
import type { TaskQueue } from '../../shared/tasks/task-queue.ts';
import { sendExtras } from './join-rows.ts';
import { composeOutput } from './write-output.ts';

/** Two empty blocks end a tar. */
const END_OF_ARCHIVE_BYTES = 1024;

/** Throws TerminalErrors: 'part-missing' when somebody else deleted a part, and as composeOutput does. */
export async function makeTar(queue: TaskQueue, job: OpenJob, task: TarTask): Promise<void> {
  const { store } = job;
  const file = tarFile(task.split, task.number);
  const tree = tarFanIn(task, task.tars);
  const marker = markerName(tree, 0, task.tar);
  const parts = await readParts(job, task);
  if ((await store.stat(marker)) === undefined) {
    const tar = await joinParts(job, { file, marker }, parts);
    if (tar !== undefined) await writeLeaf(store, tree, task.tar, outputOf(tar, file, parts));
  }
  if (await climb(store, tree, task.tar)) await sendExtras(queue, job, jobRefOf(task));
  // Only now: as long as there is no marker, somebody may have to make the tar again.
  await deleteGenerations(store, parts);
  await deleteGenerations(store, store.list(composeFolder(task, file)));
}

async function readParts({ store, plan }: OpenJob, task: TarTask): Promise<Part[]> {
  const at = { level: 1, index: task.group, schema: tarGroupSchema };
  const group = await readMarker(store, shardFanIn(plan), at);
  const parts = group?.[task.split] ?? [];
  if (parts.length > 0) return parts;
  throw new RetryableError('stage-incomplete', `tar group ${task.group} has no parts of ${task.split}`);
}

/** Undefined when the job was deleted, or another worker has finished the tar and deleted the parts. */
async function joinParts(
  job: OpenJob,
  { file, marker }: { file: string; marker: string },
  parts: readonly Part[],
): Promise<ObjectInfo | undefined> {
  const { store, plan } = job;
  const end = await createOnce(
    store,
    endOfArchiveName(runOf(plan)),
    new Uint8Array(END_OF_ARCHIVE_BYTES),
    'application/octet-stream',
  );
  try {
    return await composeOutput(job, { file, contentType: 'application/x-tar' }, [...parts, end]);
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError)) throw error;
    if ((await store.stat(marker)) !== undefined) return undefined;
    throw new TerminalError('part-missing', `${error.objectName} is gone before ${file} was made`);
  }
}

function outputOf({ sizeBytes, crc32c }: ObjectInfo, name: string, parts: readonly Part[]): Output {
  return { name, sizeBytes, crc32c, records: parts.reduce((sum, part) => sum + part.records, 0) };
}
