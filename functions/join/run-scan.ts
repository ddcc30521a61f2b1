/** One scan of a join: a table is streamed once, or the files are listed, and what was found is cut by subject. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { deleteGenerations } from '../../shared/pipeline/create-once.ts';
import { readMarker, writeLeaf } from '../../shared/pipeline/fan-in.ts';
import { openInputStore } from '../../shared/pipeline/input-store.ts';
import { type ScanMarker, scanFanIn, scanMarkerSchema } from '../../shared/pipeline/join-markers.ts';
import type { ScanName, TableName } from '../../shared/pipeline/join-plan.ts';
import { isLive } from '../../shared/pipeline/live-run.ts';
import { spillName } from '../../shared/pipeline/object-names.ts';
import type { OpenJoin } from '../../shared/pipeline/open-join.ts';
import type { ComposeSource, ObjectInfo, OpenStore } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError, StorageRefusedError } from '../../shared/storage/storage-errors.ts';
import { readCsvRows } from './csv-rows.ts';
import { fileTemplates, joinOptions } from './join-options.ts';
import { listFiles } from './list-files.ts';
import { Counter } from './read-cell.ts';
import { SpillWriter } from './spill-writer.ts';
import { tableShape } from './table-shapes.ts';

/** The first bad rows are told by their lines; more would only say the same. */
const TOLD_LINES = 20;
/** The cause of a row with too few or too many fields; all others are columns. */
const WRONG_FIELDS = 'fields';
/** All spills of all tables are named in one marker. */
const MAX_SPILLS = 2000;

export interface JoinDeps {
  readonly openStore: OpenStore;
  readonly codeVersion: string;
}

/** Does nothing when the scan's marker exists. Throws TerminalErrors that name the table, and as createOnce does. */
export async function runScan(deps: JoinDeps, join: OpenJoin, index: number): Promise<void> {
  const { store, run, plan } = join;
  const scan = plan.scans[index];
  if (scan === undefined) throw new TerminalError('task-body-invalid', `there is no scan ${index}`);
  const tree = scanFanIn(plan);
  const at = { level: 0, index, schema: scanMarkerSchema };
  const made = await readMarker(store, tree, at);
  // This worker may have been here before, and have died before it took its own spills away.
  if (made !== undefined) return deleteUnnamed(join, await findSpills(deps, join, scan), made);
  const { spills, ...found } = await cut(deps, join, scan);
  const marker: ScanMarker = { scan, ...found, spills: spills.map(pieceOf) };
  const won = (await isLive(store, run)) && (await writeLeaf(store, tree, index, marker));
  if (!won) await deleteUnnamed(join, spills, await readMarker(store, tree, at));
}

type Found = Omit<ScanMarker, 'scan' | 'spills'> & { readonly spills: readonly ObjectInfo[] };

async function cut(deps: JoinDeps, join: OpenJoin, scan: ScanName): Promise<Found> {
  const { store, run, plan } = join;
  const writer = new SpillWriter({
    store,
    partitions: plan.partitions,
    nameOf(spill) {
      if (spill < MAX_SPILLS) return spillName(run, { scan, spill, codeVersion: deps.codeVersion });
      throw new TerminalError('table-too-large', `table ${scan} comes to more than ${MAX_SPILLS} spills`);
    },
  });
  const counted =
    scan === 'files' ? await cutFiles(deps, join, writer) : await cutTable(deps, join, scan, writer);
  return { ...counted, spills: await writer.finish() };
}

type Counted = Omit<Found, 'spills'>;

async function cutTable(
  { openStore }: JoinDeps,
  { ref, plan }: OpenJoin,
  table: TableName,
  writer: SpillWriter,
): Promise<Counted> {
  const source = plan.tables[table];
  if (source === undefined) throw new TerminalError('table-missing', `table ${table} is not in the plan`);
  const counter = new Counter();
  const causes = new Counter();
  const shape = tableShape(table, joinOptions(plan), counter);
  let rows = 0;
  let badRows = 0;
  let badColumn: string | undefined;
  const tellBadId = (column: string) => {
    badColumn = column;
  };
  let replacedFields = 0;
  const badLines: number[] = [];
  const { bucket, name, generation } = source;
  const store = openInputStore(openStore, plan.job, { ownBucket: ref.bucket, bucket });
  const bytes = input(
    store.read(name, { generation }),
    `table ${table}`,
    'was replaced or deleted while the job ran',
  );
  await readCsvRows(table, bytes, {
    columns: shape.columns,
    row(cells, line) {
      rows += 1;
      badColumn = cells === undefined ? WRONG_FIELDS : undefined;
      const fields = cells === undefined ? [] : shape.project(cells, tellBadId);
      if (badColumn !== undefined) {
        badRows += 1;
        causes.add(badColumn);
        if (badLines.length < TOLD_LINES) badLines.push(line);
      }
      for (const field of fields) if (field.includes('\ufffd')) replacedFields += 1;
      if (fields.length > 0) writer.add(fields);
    },
    pause: () => writer.flush(),
  });
  const badRowCauses = causes.toJSON();
  return { rows, badRows, badRowCauses, badLines, replacedFields, counts: counter.toJSON() };
}

async function cutFiles(
  { openStore }: JoinDeps,
  { ref, plan }: OpenJoin,
  writer: SpillWriter,
): Promise<Counted> {
  let rows = 0;
  const open = (bucket: string) => openInputStore(openStore, plan.job, { ownBucket: ref.bucket, bucket });
  const files = input(
    listFiles(open, fileTemplates(plan)),
    'the bucket of the images or reports',
    'does not exist',
  );
  for await (const fields of files) {
    rows += 1;
    writer.add(fields);
    await writer.flush();
  }
  return { rows, badRows: 0, badRowCauses: {}, badLines: [], replacedFields: 0, counts: {} };
}

/** What storage says of the input, and not of what is written meanwhile, names the input. */
async function* input<Item>(
  items: AsyncIterable<Item>,
  what: string,
  isMissing: string,
): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch (error) {
    if (error instanceof StorageRefusedError) {
      const message = `the box may not read ${what} (${error.status})`;
      throw new TerminalError('table-refused', message, { cause: error });
    }
    if (!(error instanceof ObjectNotFoundError)) throw error;
    throw new TerminalError('table-missing', `${what} ${isMissing}`, { cause: error });
  }
}

async function findSpills({ codeVersion }: JoinDeps, join: OpenJoin, scan: ScanName): Promise<ObjectInfo[]> {
  const first = spillName(join.run, { scan, spill: 0, codeVersion });
  const prefix = first.slice(0, first.lastIndexOf('/') + 1 + scan.length + 1);
  const spills: ObjectInfo[] = [];
  for await (const info of join.store.list(prefix)) {
    if (info.name === spillName(join.run, { scan, spill: spills.length, codeVersion })) spills.push(info);
  }
  return spills;
}

/** What no marker names, and none ever will: the spills of a worker that came too late, or of a deleted job. */
async function deleteUnnamed(
  { store }: OpenJoin,
  spills: readonly ComposeSource[],
  winner: ScanMarker | undefined,
): Promise<void> {
  const named = new Set(winner?.spills.map(({ generation }) => generation));
  await deleteGenerations(
    store,
    spills.filter(({ generation }) => !named.has(generation)),
  );
}

function pieceOf({ name, generation, sizeBytes, crc32c }: ObjectInfo): ScanMarker['spills'][number] {
  return { name, generation, sizeBytes, crc32c };
}
