/** What a dispatcher does while nothing can be written. */

import type { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { failed, ok, QUEUE, run, settle, setUp } from './dispatcher.fixture.ts';

/** No outcome of an attempt can be written from now on; `mend` ends that. */
function fillDisk(state: DatabaseSync) {
  for (const change of ['DELETE', 'UPDATE OF schedule_ms']) {
    state.exec(`
      CREATE TEMP TRIGGER "full ${change}" BEFORE ${change} ON tasks
      BEGIN SELECT RAISE(ABORT, 'disk is full'); END
    `);
  }
  return {
    mend: () => state.exec('DROP TRIGGER "full DELETE"; DROP TRIGGER "full UPDATE OF schedule_ms"'),
  };
}

test.each([
  ['a success', ok, 1],
  ['a failure', failed, 2],
])('%s that cannot be recorded is recorded when it can', async (_, first, attempts) => {
  const { add, clock, dispatcher, sent, lines, state, table } = setUp((_task, count) =>
    count === 1 ? first : ok,
  );
  dispatcher.start();
  add('t');
  const disk = fillDisk(state);
  await run(clock, 2500);
  expect(sent).toHaveLength(1);
  expect(lines.filter((line) => /^queue q: Error: disk is full/.test(line))).toHaveLength(3);
  disk.mend();
  await run(clock, 1000);
  expect(sent).toHaveLength(attempts);
  expect(table.get(QUEUE, 't')).toBeUndefined();
});

test('a stop gives up an outcome that cannot be recorded', async () => {
  const { add, clock, dispatcher, lines, state } = setUp(() => ok);
  dispatcher.start();
  add('t');
  fillDisk(state);
  await settle();
  expect(lines).toHaveLength(1);
  await dispatcher.stop();
  state.close();
  await run(clock, 5000);
  expect(lines).toHaveLength(1);
});

test('an attempt that cannot be begun is begun when it can', async () => {
  const { add, clock, dispatcher, sent, lines, state } = setUp(() => ok);
  dispatcher.start();
  add('t');
  state.exec('PRAGMA query_only = ON');
  await run(clock, 2500);
  expect(sent).toEqual([]);
  expect(lines).toHaveLength(3);
  state.exec('PRAGMA query_only = OFF');
  await run(clock, 1000);
  expect(sent).toEqual([{ id: 't', atMs: 3000, attempt: 1 }]);
});
