import { expect, test } from 'vitest';
import { metricsResponse, renderMetrics } from './prometheus-text.ts';

test('help, type and samples; a family without samples is left out', () => {
  const text = renderMetrics([
    { name: 'a_total', help: 'Of a.', type: 'counter', samples: [{ value: 3 }] },
    { name: 'none', help: 'None.', type: 'gauge', samples: [] },
    {
      name: 'b',
      help: 'Of b.',
      type: 'gauge',
      samples: [{ value: 0.5, labels: { x: '1', y: '2' } }, { value: Infinity }],
    },
  ]);
  expect(text).toBe(
    '# HELP a_total Of a.\n# TYPE a_total counter\na_total 3\n' +
      '# HELP b Of b.\n# TYPE b gauge\nb{x="1",y="2"} 0.5\nb +Inf\n',
  );
});

test('what has a meaning in the format is escaped', () => {
  const text = renderMetrics([
    { name: 'a', help: 'one\ntwo \\', type: 'gauge', samples: [{ value: 1, labels: { x: 'a"b\\c\nd' } }] },
  ]);
  expect(text).toBe('# HELP a one\\ntwo \\\\\n# TYPE a gauge\na{x="a\\"b\\\\c\\nd"} 1\n');
});

test('a scrape is told the version of the format', async () => {
  const family = { name: 'a', help: 'Of a.', type: 'gauge', samples: [{ value: 1 }] } as const;
  const response = metricsResponse([family]);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await response.text()).toBe(renderMetrics([family]));
});
