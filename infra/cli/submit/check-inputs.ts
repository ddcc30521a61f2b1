/** Looks whether the objects that a job names are there, before it is submitted. */

import type { Job } from '../../../shared/pipeline/job.ts';
import { resolveLocation } from '../../../shared/pipeline/object-location.ts';
import type { OpenStore } from '../../../shared/storage/object-store.ts';
import { StorageRefusedError } from '../../../shared/storage/storage-errors.ts';
import { CommandError, EXIT } from '../command-error.ts';
import { gsUrl } from '../gs-url.ts';
import { printable } from '../printable.ts';

/**
 * Throws a CommandError that names each object that is not there with its field. Returns a line for each that this
 * user may not look at: the boxes may, under their own account.
 */
export async function checkInputs(job: Job, openStore: OpenStore, bucket: string): Promise<string[]> {
  const warnings: string[] = [];
  const missing: string[] = [];
  for (const [field, text] of inputsOf(job)) {
    const place = resolveLocation(text, bucket, '');
    if (place === undefined) throw new CommandError(EXIT.failed, `job.json: ${field}: names no object`);
    const url = printable(gsUrl(place));
    try {
      const payer = place.bucket === bucket ? {} : { userProject: job.userProject };
      const found = await openStore(place.bucket, payer).stat(place.name);
      if (found === undefined) missing.push(`there is no ${field} ${url}`);
    } catch (error) {
      if (!(error instanceof StorageRefusedError)) throw error;
      warnings.push(`${field}: you may not look at ${url} (${error.status}); the boxes must be allowed to`);
    }
  }
  if (missing.length === 0) return warnings;
  const text = `${missing.join('; ')}: copy the data there first ("pillbox cp --help" shows how)`;
  throw new CommandError(EXIT.notFound, text);
}

/** The fields that name one object each, and what they name. */
function inputsOf({ manifest, join, tokens, note }: Job): [field: string, name: string][] {
  const tables = Object.entries(join?.tables ?? {}).map(([table, name]) => [`join.tables.${table}`, name]);
  const inputs = [
    ['manifest', manifest],
    ...tables,
    ['tokens.tokenizer', tokens?.tokenizer],
    ['note.knowledge', note.knowledge],
  ];
  return inputs.filter((input): input is [string, string] => input[1] !== undefined);
}
