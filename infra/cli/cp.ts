/** `pillbox cp`: copies files to the cloud, and objects from it. */

import type { Command } from 'commander';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { addCloudOptions, type Cloud, type CloudOptions, openCloud } from './cloud-options.ts';
import { CommandError, EXIT } from './command-error.ts';
import { errorLine } from './error-line.ts';
import { gsUrl, isGsUrl, parseGsUrl } from './gs-url.ts';
import { printable } from './printable.ts';
import { sizeText } from './size-text.ts';

/** Objects on their way at once; each holds a few chunks in memory. */
const CONCURRENCY = 4;

interface CpOptions extends CloudOptions {
  readonly recursive?: boolean;
  readonly keep?: boolean;
  readonly quiet?: boolean;
}

/** One copy, whichever way it goes. `run` is undefined when the target's path would not be safe. */
interface Copy {
  readonly from: string;
  readonly to: string;
  readonly sizeBytes: number;
  readonly run: (() => Promise<'copied' | 'kept'>) | undefined;
}

export function registerCp(program: Command): void {
  const command = program
    .command('cp')
    .summary('copy files to the cloud, or objects from it')
    .description('Copies files to the cloud, or objects from it; bytes are streamed and checked by CRC32C.')
    .usage('[options] <source...> <target>')
    // Commander lets the last argument alone repeat.
    .argument(
      '<path...>',
      'sources, then the target: gs://bucket/name or a path; a target that ends in / is a folder',
    )
    .option('-r, --recursive', 'copy folders and all that is in them')
    .option('-k, --keep', 'keep what is at the target already (otherwise it is overwritten, as cp does)')
    .option('-q, --quiet', 'print nothing but errors');
  addCloudOptions(command)
    .addHelpText(
      'after',
      `
Like cp -r, a folder goes into a target that is a folder already, and becomes the target otherwise.
"dir/." means what is inside dir.

Examples:
  $ npx pillbox cp -r gs://pillbox/jobs/demo/out ./demo       the outputs of the job "demo"
  $ npx pillbox cp gs://pillbox/jobs/demo/out/metadata.json . one object
  $ npx pillbox cp -r my-data/. gs://pillbox/data/mine        a data set of your own`,
    )
    .action((paths: string[], options: CpOptions) => runCp(paths.slice(0, -1), paths.at(-1) ?? '', options));
}

async function runCp(sources: readonly string[], target: string, options: CpOptions): Promise<void> {
  if (sources.length === 0)
    throw new CommandError(EXIT.usage, `copy ${target} where to? Name a target as well`);
  const fromCloud = sources.filter(isGsUrl).length;
  if (fromCloud !== 0 && fromCloud !== sources.length) {
    throw new CommandError(EXIT.usage, 'sources are either all in the cloud (gs://) or all on this machine');
  }
  if (fromCloud > 0 === isGsUrl(target)) {
    const both = fromCloud > 0 ? 'in the cloud' : 'on this machine';
    throw new CommandError(
      EXIT.usage,
      `source and target are both ${both}: one of them must be gs://bucket/name, the other a path`,
    );
  }
  const cloud = await openCloud(options);
  const copies =
    fromCloud > 0 ? downloads(sources, target, options, cloud) : uploads(sources, target, options, cloud);
  await copyAll(copies, options);
}

async function copyAll(copies: AsyncIterable<Copy>, { quiet = false }: CpOptions): Promise<void> {
  const { forEachLimited } = await import('../../shared/pipeline/limited.ts');
  const say = quiet ? () => {} : (line: string) => console.log(line);
  const total = { copied: 0, kept: 0, failed: 0, bytes: 0 };
  await forEachLimited(copies, CONCURRENCY, async ({ from, to, sizeBytes, run }) => {
    try {
      if (run === undefined) throw new Error('its name would lead outside the target folder');
      const outcome = await run();
      total[outcome] += 1;
      if (outcome === 'copied') total.bytes += sizeBytes;
      say(
        outcome === 'copied'
          ? `${printable(from)} -> ${printable(to)} (${sizeText(sizeBytes)})`
          : `kept ${printable(to)}`,
      );
    } catch (error) {
      total.failed += 1;
      console.error(`pillbox: not copied: ${printable(from)}: ${errorLine(error)}`);
    }
  });
  say(`copied ${total.copied} (${sizeText(total.bytes)})${total.kept > 0 ? `, kept ${total.kept}` : ''}`);
  if (total.failed > 0) {
    throw new CommandError(
      EXIT.failed,
      `${total.failed} of ${total.copied + total.kept + total.failed} not copied`,
    );
  }
}

async function* downloads(
  sources: readonly string[],
  target: string,
  options: CpOptions,
  cloud: Cloud,
): AsyncGenerator<Copy> {
  const [{ planDownloads }, { download }] = await Promise.all([
    import('./copy/plan-downloads.ts'),
    import('./copy/download.ts'),
  ]);
  const storeOf = cachedStores(cloud);
  const plan = planDownloads(sources.map(parseGsUrl), target, {
    openStore: storeOf,
    recursive: options.recursive === true,
  });
  for await (const item of plan) {
    const { place, info, path } = item;
    const run =
      path === undefined
        ? undefined
        : () => download(storeOf(place.bucket), { ...item, path }, { overwrite: options.keep !== true });
    yield { from: gsUrl(place), to: path ?? '', sizeBytes: info.sizeBytes, run };
  }
}

async function* uploads(
  sources: readonly string[],
  target: string,
  options: CpOptions,
  cloud: Cloud,
): AsyncGenerator<Copy> {
  const [{ planUploads }, { upload }] = await Promise.all([
    import('./copy/plan-uploads.ts'),
    import('./copy/upload.ts'),
  ]);
  const storeOf = cachedStores(cloud);
  const plan = planUploads(
    sources,
    parseGsUrl(target),
    { openStore: storeOf, recursive: options.recursive === true },
    (path) => console.error(`pillbox: skipped, neither a file nor a folder: ${printable(path)}`),
  );
  for await (const item of plan) {
    const { path, place, sizeBytes } = item;
    const run = () => upload(storeOf(place.bucket), item, { overwrite: options.keep !== true });
    yield { from: path, to: gsUrl(place), sizeBytes, run };
  }
}

/** One client a bucket, however many objects are copied. */
function cachedStores({ openStore }: Cloud): (bucket: string) => ObjectStore {
  const stores = new Map<string, ObjectStore>();
  return (bucket) => {
    const store = stores.get(bucket) ?? openStore(bucket);
    stores.set(bucket, store);
    return store;
  };
}
