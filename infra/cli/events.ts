/** `pillbox events`: the event subscriptions of a local cloud and what they deliver; sends an event again. */

import type { Command } from 'commander';
import { addLocalCloudOptions, expectLocalCloud, type LocalCloudOptions } from './cloud/local-endpoint.ts';
import { wholeNumber } from './option-values.ts';

const DEFAULT_ROWS = 50;

interface EventsOptions extends LocalCloudOptions {
  readonly json?: boolean;
  readonly limit: number;
}

export function registerEvents(program: Command): void {
  const events = program
    .command('events')
    .summary('show the object events of a local cloud, and send one again')
    .description(
      'Shows the event subscriptions of a local cloud, or the events of one: those to come and the last that ended.',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ npx pillbox events                                      the subscriptions
  $ npx pillbox events 'finalized:pillbox/jobs/*/job.json'  the events of one
  $ npx pillbox events replay 0b7f…                         sends an event again, under the same id`,
    );
  addLocalCloudOptions(events.command('list', { isDefault: true }))
    .description('the subscriptions, or the events of one')
    .argument('[subscription]', 'its name, as "pillbox events" shows it')
    .option('-n, --limit <n>', 'at most this many events', wholeNumber(1), DEFAULT_ROWS)
    .option('--json', 'one JSON object a line')
    .action(async (subscription: string | undefined, options: EventsOptions) => {
      const endpoint = await expectLocalCloud(options);
      const { listEvents, listSubscriptions } = await import('./events/list-events.ts');
      if (subscription === undefined) await listSubscriptions(endpoint, options);
      else await listEvents(endpoint, subscription, options);
    });
  addLocalCloudOptions(events.command('replay'))
    .description('sends an event again, under the same id, to each subscription that had it')
    .argument('<id>', 'as "pillbox events SUBSCRIPTION" shows it')
    .action(async (id: string, options: LocalCloudOptions) => {
      const endpoint = await expectLocalCloud(options);
      const { replayEvent } = await import('./events/list-events.ts');
      await replayEvent(endpoint, id);
    });
}
