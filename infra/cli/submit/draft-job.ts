/** Makes the text of a job.json from a file, from options, or from both. */

import type { OpenStore } from '../../../shared/storage/object-store.ts';
import { CommandError, EXIT } from '../command-error.ts';
import { createCounter } from '../counter.ts';
import { type CloudPlace, isGsUrl, parseGsUrl } from '../gs-url.ts';
import { findTables, TABLE_NAMES, type TableName, type Tables } from './find-tables.ts';
import { type JobDraft, type JobOptions, withField, withOptions } from './job-options.ts';
import { readJobFile } from './read-job-file.ts';

export interface DraftOptions extends JobOptions {
  /** Prefix below which the tables are. */
  readonly tables?: string;
  /** Tables that are named one by one. */
  readonly table?: Tables;
}

/** Fewer names than this are listed before anybody wonders. */
const SILENT_NAMES = 5_000;

/**
 * A file that no option changes is taken as it is, byte for byte. Throws a CommandError for a file that is no JSON
 * object, and as findTables does; what the fields hold is not checked here.
 * @param openCloud is called when the tables are to be looked for.
 */
export async function draftJob(
  file: string | undefined,
  options: DraftOptions,
  openCloud: () => Promise<{ openStore: OpenStore; bucket: string }>,
): Promise<string> {
  const text = file === undefined ? undefined : await readJobFile(file);
  const draft = text === undefined ? {} : parseDraft(text, file ?? '');
  const stated = draft['userProject'];
  const userProject = options.userProject ?? (typeof stated === 'string' ? stated : undefined);
  const tables = await tablesOf({ ...options, ...(userProject !== undefined && { userProject }) }, openCloud);
  let changed = withOptions(draft, options);
  for (const [table, name] of Object.entries(tables))
    changed = withField(changed, ['join', 'tables', table], name);
  if (file !== undefined) changed = withoutOther(changed, options, Object.keys(tables).length > 0);
  const isChanged = JSON.stringify(changed) !== JSON.stringify(draft);
  return text !== undefined && !isChanged ? text : `${JSON.stringify(changed, undefined, 2)}\n`;
}

/** A source of records on the command line takes the place of the other kind in the file. */
function withoutOther(draft: JobDraft, { manifest }: DraftOptions, hasTables: boolean): JobDraft {
  if (manifest !== undefined && !hasTables) {
    const { join: _, ...rest } = draft;
    return rest;
  }
  if (manifest === undefined && hasTables) {
    const { manifest: _, ...rest } = draft;
    return rest;
  }
  return draft;
}

async function tablesOf(
  { tables, table: given = {}, userProject }: DraftOptions,
  openCloud: () => Promise<{ openStore: OpenStore; bucket: string }>,
): Promise<Tables> {
  if (tables === undefined) return given;
  const { openStore, bucket } = await openCloud();
  const place: CloudPlace = isGsUrl(tables) ? parseGsUrl(tables) : { bucket, name: tables };
  const folder = place.name === '' || place.name.endsWith('/') ? place : { ...place, name: `${place.name}/` };
  const counter = createCounter(process.stderr, 'tables', 'names seen below the prefix');
  const onSeen = (names: number) => {
    if (names > SILENT_NAMES) counter.show(names, names);
  };
  const open = (name: string) => openStore(name, name === bucket ? {} : { userProject });
  return findTables(open, folder, { given, onSeen }).finally(() => counter.end());
}

function parseDraft(text: string, file: string): JobDraft {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CommandError(EXIT.failed, `${file} is not valid JSON`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JobDraft;
  throw new CommandError(EXIT.failed, `${file} holds no JSON object`);
}

/** Reads `name=object`, for commander: may be given several times. */
export function addTable(text: string, before: Tables = {}): Tables {
  const at = text.indexOf('=');
  const table = TABLE_NAMES.find((name): name is TableName => name === text.slice(0, at));
  if (table !== undefined && at < text.length - 1) return { ...before, [table]: text.slice(at + 1) };
  throw new CommandError(EXIT.usage, `--table: write name=object; the names are ${TABLE_NAMES.join(', ')}`);
}
