/** `pillbox cloud`: the local cloud alone, for any project. */

import { type Command, Option } from 'commander';
import type { EventTrigger } from '../local/cloud/events/event-trigger.ts';
import { parseEventOption } from './cloud/event-option.ts';
import { parseQueueOption, type QueueOption } from './cloud/queue-option.ts';
import { DEFAULT_DATA, wholeNumber } from './option-values.ts';

const DEFAULT_PORT = 8788;

export interface CloudCommandOptions {
  /** 0 = any. */
  readonly port: number;
  readonly data: string;
  readonly project: string;
  readonly location: string;
  readonly bucket: readonly string[];
  readonly queue: readonly QueueOption[];
  readonly events: readonly EventTrigger[];
  readonly config?: string;
  readonly testClock: boolean;
  readonly quiet: boolean;
}

export function registerCloud(program: Command): void {
  program
    .command('cloud')
    .summary('start only the local cloud: storage, tasks and events, for any project')
    .description(
      'Starts an emulator of Cloud Storage, Cloud Tasks and object events, prints how clients reach it, and stays up until\n' +
        'Ctrl-C. All state is in one folder, DIR/cloud, and is there again at the next start.',
    )
    .option('--port <n>', 'where it listens, on 127.0.0.1; 0 = any', wholeNumber(0, 65_535), DEFAULT_PORT)
    .option('--data <dir>', 'folder of all state', DEFAULT_DATA)
    .addOption(several('--bucket <name>', 'a bucket to make; may be repeated', String))
    .addOption(
      several(
        '--queue <name=rate,concurrency,target>',
        'a queue to make: tasks a second, tasks at once, and the URL that all its tasks go to; may be repeated',
        parseQueueOption,
      ),
    )
    .addOption(
      several(
        '--events <bucket/pattern=url>',
        'where events of objects are posted; "deleted:" or "metadataUpdated:" before it asks for those; may be repeated',
        parseEventOption,
      ),
    )
    .option('--project <id>', 'project of the queues', 'pillbox-local')
    .option('--location <id>', 'location of the queues', 'us-central1')
    .option('--config <file>', 'buckets, queues and eventTriggers from a JSON file as well')
    .option('--test-clock', 'let callers move the clock: POST /_pillbox/clock {"advanceMs": 3600000}', false)
    .option('-q, --quiet', 'print where it listens and nothing else', false)
    .addHelpText(
      'after',
      `
Examples:
  $ npx pillbox cloud --bucket demo
  $ npx pillbox cloud --queue resize=5,2,http://localhost:3000/resize
  $ npx pillbox cloud --bucket in --events 'in/*.csv=http://localhost:3000/arrived'
  $ npx pillbox cloud --port 0 --data /tmp/cloud --test-clock

"pillbox tasks", "pillbox events", "pillbox ls" and "pillbox reset" look into it while it runs.`,
    )
    .action(async (options: CloudCommandOptions) => {
      const { runCloud } = await import('./cloud/run-cloud.ts');
      process.exitCode = await runCloud(options);
    });
}

/** An option that may be given several times. */
function several<Value>(flags: string, description: string, parse: (text: string) => Value): Option {
  return new Option(flags, description)
    .argParser((text: string, earlier: readonly Value[]) => [...earlier, parse(text)])
    .default([], 'none');
}
