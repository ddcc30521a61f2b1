import { expect, test } from 'vitest';
import { compileObjectPattern } from './object-pattern.ts';

test.each([
  ['jobs/*/job.json', 'jobs/demo/job.json', true],
  ['jobs/*/job.json', 'jobs/a/b/job.json', false],
  ['jobs/*/job.json', 'jobs//job.json', false],
  ['jobs/*/job.json', 'jobs/demo/job.json.bak', false],
  ['jobs/*/job.json', 'old/jobs/demo/job.json', false],
  ['jobs/*/job.json', 'jobs/demo/jobxjson', false],
  ['jobs/*/job.json', 'jobs/Grüße\nÜ/job.json', true],
  ['in/*-*.csv', 'in/a-b.csv', true],
  ['a+(b)[c]{1}^$|?\\.-/x', 'a+(b)[c]{1}^$|?\\.-/x', true],
])('%s and %j: %s', (pattern, name, matches) => {
  expect(compileObjectPattern(pattern)(name)).toBe(matches);
});
