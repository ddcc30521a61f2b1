/** `pillbox tasks`: the queues of a local cloud and what is in them; runs, duplicates and removes tasks. */

import type { Command } from 'commander';
import * as z from 'zod';
import { addLocalCloudOptions, expectLocalCloud, type LocalCloudOptions } from './cloud/local-endpoint.ts';
import { wholeNumber } from './option-values.ts';
import type { ListOptions } from './tasks/list-tasks.ts';

const DEFAULT_ROWS = 100;

export function registerTasks(program: Command): void {
  const tasks = program
    .command('tasks')
    .summary('show and steer the queues of a local cloud')
    .description(
      'Shows the queues of a local cloud, or the tasks of one: attempts, next run, last status, size. Bodies are not shown.',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ npx pillbox tasks                        the queues
  $ npx pillbox tasks shard                  the tasks of the queue "shard"
  $ npx pillbox tasks shard --json
  $ npx pillbox tasks run shard/1234         now, whatever its schedule and the limits say
  $ npx pillbox tasks duplicate shard/1234   delivered once more, as at-least-once delivery may
  $ npx pillbox tasks pause shard            (resume, purge)`,
    );
  addLocalCloudOptions(tasks.command('list', { isDefault: true }))
    .description('the queues, or the tasks of one queue')
    .argument('[queue]', 'its name, or the last part of it')
    .option('-n, --limit <n>', 'at most this many tasks', wholeNumber(1), DEFAULT_ROWS)
    .option('--json', 'one JSON object a line')
    .action(runList);
  addTaskAction(tasks, 'run', 'sends a task now, whatever its schedule and the limits say');
  addTaskAction(tasks, 'duplicate', 'delivers a task once more, beside what its queue does with it');
  addQueueAction(tasks, 'purge', 'removes all tasks of a queue');
  addQueueAction(tasks, 'pause', 'sends nothing more of a queue');
  addQueueAction(tasks, 'resume', 'sends the tasks of a queue again');
}

async function runList(queue: string | undefined, options: ListOptions & LocalCloudOptions): Promise<void> {
  const endpoint = await expectLocalCloud(options);
  const { listQueues, listTasks } = await import('./tasks/list-tasks.ts');
  if (queue === undefined) await listQueues(endpoint, options);
  else await listTasks(endpoint, queue, options);
}

function addTaskAction(tasks: Command, verb: 'run' | 'duplicate', description: string): void {
  addLocalCloudOptions(tasks.command(verb))
    .description(description)
    .argument('<task>', 'QUEUE/ID, as "pillbox tasks QUEUE" shows it')
    .action(async (task: string, options: LocalCloudOptions) => {
      const [endpoint, { findTaskName }] = await loadFor(options);
      const name = await findTaskName(endpoint, task);
      await post(
        endpoint,
        verb === 'run'
          ? `/v2/${name}:run`
          : `/_pillbox/tasks:duplicate?${new URLSearchParams({ task: name })}`,
      );
      console.log(verb === 'run' ? `sent ${task}` : `sent a copy of ${task}`);
    });
}

function addQueueAction(tasks: Command, verb: 'purge' | 'pause' | 'resume', description: string): void {
  addLocalCloudOptions(tasks.command(verb))
    .description(description)
    .argument('<queue>', 'its name, or the last part of it')
    .action(async (asked: string, options: LocalCloudOptions) => {
      const [endpoint, { findQueue, shortName }] = await loadFor(options);
      const queue = await findQueue(endpoint, asked);
      await post(endpoint, `/v2/${queue.name}:${verb}`);
      const done = { purge: `removed ${queue.tasks} tasks of`, pause: 'paused', resume: 'resumed' }[verb];
      console.log(`${done} ${shortName(queue.name)}`);
    });
}

async function loadFor(options: LocalCloudOptions) {
  return [await expectLocalCloud(options), await import('./tasks/read-queues.ts')] as const;
}

async function post(endpoint: string, path: string): Promise<void> {
  const { askCloud } = await import('./cloud/ask-cloud.ts');
  await askCloud(endpoint, { method: 'POST', path }, z.unknown());
}
