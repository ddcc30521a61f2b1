import sharp from 'sharp';
import { expect, test } from 'vitest';
import { peakOf, svgChart } from './svg-chart.ts';
import { timeTicks, valueTicks } from './svg-scale.ts';

const MIB = 1024 * 1024;
const samples = [
  { ms: 0, residentBytes: 10 * MIB, anonymousBytes: 2 * MIB },
  { ms: 40, residentBytes: 90 * MIB, anonymousBytes: 50 * MIB },
  { ms: 95, residentBytes: 70 * MIB, anonymousBytes: 40 * MIB },
];
const panel = { title: 'cold', samples, marks: [{ ms: 30, label: 'request' }] };
const chart = (changes = {}) => svgChart({ title: 'heart', limitMiB: 128, panels: [panel], ...changes });

test('a picture that a renderer takes, with both curves in their colours and the limit', async () => {
  const { data, info } = await sharp(Buffer.from(chart())).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([900, 394]);
  const found = new Set<string>();
  for (let at = 0; at < data.length; at += info.channels)
    found.add(Buffer.from(data.subarray(at, at + 3)).toString('hex'));
  expect(['2563eb', '0f766e', 'b91c1c'].filter((colour) => !found.has(colour))).toEqual([]);
});

test('its curve goes where the figures are', () => {
  // The plot is 68 to 872 wide for 95 ms, and 276 to 46 high for 128 MiB and 8 % more.
  expect(chart()).toContain('d="M68 259.4L406.5 126.3L872 159.5"');
  expect(chart()).toContain('>limit 128 MiB</text>');
  for (const tick of [0, 32, 64, 96, 128]) expect(chart()).toContain(`>${tick}</text>`);
  expect(chart()).toContain('>request</text>');
});

test('no reference leaves the picture, and no text breaks it', async () => {
  const svg = chart({ title: 'POST /a?b="c"&d <e>' });
  expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
    /https?:|href|url\(|<script|@import/,
  );
  expect(svg).toContain('POST /a?b=&quot;c&quot;&amp;d &lt;e&gt;');
  await expect(sharp(Buffer.from(svg)).metadata()).resolves.toMatchObject({ format: 'svg' });
});

test('without the anonymous figure there is one curve; without any sample there is none', () => {
  const plain = samples.map((sample) => ({ ...sample, anonymousBytes: undefined }));
  expect(chart({ panels: [{ ...panel, samples: plain }] }).match(/fill="none" stroke="#/g)).toHaveLength(1);
  expect(chart({ panels: [{ ...panel, samples: [] }] })).not.toContain('NaN');
});

test('ticks are round and few', () => {
  expect(timeTicks(188)).toEqual([0, 50, 100, 150]);
  expect(timeTicks(5_400)).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000]);
  expect(timeTicks(2)).toEqual([0, 1, 2]);
  expect(valueTicks(276)).toEqual([0, 64, 128, 192, 256]);
  for (const most of [1, 7, 33, 250, 999, 12_345]) {
    expect(timeTicks(most).length).toBeLessThanOrEqual(7);
    expect(valueTicks(most).length).toBeLessThanOrEqual(7);
  }
});

test('the peak', () => {
  expect(peakOf(samples)).toBe(90);
  expect(peakOf([])).toBe(0);
});
