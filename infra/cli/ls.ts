/** `pillbox ls`: lists objects. */

import type { Command } from 'commander';
import type { ObjectInfo } from '../../shared/storage/object-store.ts';
import { findLocalCloud } from './cloud/local-endpoint.ts';
import { addCloudOptions, type CloudOptions, openCloud } from './cloud-options.ts';
import { CommandError, EXIT } from './command-error.ts';
import { type CloudPlace, gsUrl, isGsUrl, parseGsUrl } from './gs-url.ts';
import { listObjects } from './list-objects.ts';
import { printable } from './printable.ts';
import { sizeText } from './size-text.ts';
import { type Column, formatTable } from './table.ts';

/** Rows laid out together: a bucket may hold more than fits in memory. */
const ROWS_AT_ONCE = 500;
const COLUMNS: readonly Column[] = [
  { title: 'BYTES', align: 'right', minWidth: 13 },
  { title: 'CRC32C', minWidth: 8 },
  { title: 'GENERATION', minWidth: 16 },
  { title: 'META', align: 'right' },
  { title: 'TYPE', minWidth: 24 },
  { title: 'NAME' },
];

interface LsOptions extends CloudOptions {
  readonly long?: boolean;
  readonly json?: boolean;
}

export function registerLs(program: Command): void {
  const command = program
    .command('ls')
    .summary('list objects')
    .description('Lists the objects whose names begin with a prefix, in byte order, folders included.')
    .argument('[prefix]', 'gs://bucket/prefix, or a prefix in the usual bucket; everything by default')
    .option('-l, --long', 'with size, checksum, generation, metageneration and content type')
    .option('--json', 'one JSON object a line');
  addCloudOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ npx pillbox ls                                everything in the bucket
  $ npx pillbox ls -l jobs/demo/out/              the outputs of the job "demo"
  $ npx pillbox ls --json gs://pillbox/data/      for a program to read`,
    )
    .action((prefix: string | undefined, options: LsOptions) => runLs(prefix ?? '', options));
}

async function runLs(prefix: string, options: LsOptions): Promise<void> {
  if (prefix.startsWith('gs:') && !isGsUrl(prefix))
    throw new CommandError(EXIT.usage, `${prefix}: write gs://bucket/prefix`);
  const named = isGsUrl(prefix) ? parseGsUrl(prefix) : undefined;
  const { openStore, bucket } = await openCloud(await withLocalCloud(options));
  const place = named ?? { bucket, name: prefix };
  const withMetageneration = options.long === true || options.json === true;
  const found = await print(listObjects(openStore, place, { withMetageneration }), place, options);
  if (found === 0) throw new CommandError(EXIT.notFound, `nothing begins with ${printable(gsUrl(place))}`);
}

/** Also the cloud of a "pillbox cloud" that runs here. */
async function withLocalCloud(options: LsOptions): Promise<LsOptions> {
  const endpoint = options.google === true ? undefined : await findLocalCloud(options);
  return endpoint === undefined ? options : { ...options, endpoint };
}

function longRow(info: ObjectInfo, url: string): string[] {
  const { sizeBytes, crc32c, generation, metageneration = '-', contentType = '-' } = info;
  return [String(sizeBytes), crc32c, generation, metageneration, printable(contentType), printable(url)];
}

async function print(
  objects: AsyncIterable<ObjectInfo>,
  { bucket }: CloudPlace,
  options: LsOptions,
): Promise<number> {
  let rows: string[][] = [];
  let count = 0;
  let bytes = 0;
  const flush = (isFirst: boolean) => {
    if (rows.length > 0) console.log(formatTable(COLUMNS, rows, { titles: isFirst }).join('\n'));
    rows = [];
  };
  for await (const info of objects) {
    count += 1;
    bytes += info.sizeBytes;
    const url = gsUrl({ bucket, name: info.name });
    if (options.json === true) console.log(JSON.stringify({ url, ...info }));
    else if (options.long !== true) console.log(printable(url));
    else rows.push(longRow(info, url));
    if (rows.length === ROWS_AT_ONCE) flush(count === ROWS_AT_ONCE);
  }
  flush(count <= ROWS_AT_ONCE);
  if (options.long === true && options.json !== true && count > 0)
    console.log(`${count} objects, ${sizeText(bytes)}`);
  return count;
}
