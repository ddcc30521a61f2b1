import { expect, test } from 'vitest';
import { holderFunction } from '../../../test/fixtures/holder-function.ts';
import { resultLines, trialRow, trialTitles } from './report.ts';
import type { Trial } from './trial.ts';

const alone: Trial = {
  limitMiB: 136,
  clients: 1,
  outcome: 'holds',
  peakMiB: 131.4,
  requests: 400,
  busyMs: 2_000,
  mostInWork: 1,
};
const together: Trial = { ...alone, clients: 8, mostInWork: 6, requests: 1_000 };
const fn = holderFunction(256);

test('a row for each trial', () => {
  const reason = 'holder: killed\u001b at 130 MiB';
  expect([
    trialTitles(),
    trialRow(alone),
    trialRow({ ...alone, outcome: 'killed', requests: 3, reason }),
  ]).toMatchInlineSnapshot(`
    [
      "limit MiB  at once  result  resident  requests  requests/s",
      "      136        1  holds      131.4       400       200.0",
      "      136        1  killed     131.4         3              holder: killed\\u{1b} at 130 MiB",
    ]
  `);
});

test('the result: limit, concurrency that was really reached, price', () => {
  expect(resultLines({ fn, fromMiB: 48, alone, together })).toMatchInlineSnapshot(`
    [
      "limit        136 MiB (128 MiB does not hold; function.json says 256)",
      "concurrency  6 at once, 500.0 requests/s, resident at most 131.4 MiB (function.json says 4)",
      "price        $0.45 per million requests = 0.40 + 1,000,000 x 0.00200 s x (1 vCPU x 0.000024 + 0.1328125 GiB x 0.0000025); one at a time, rounded up to 0.1 s: $2.83",
      "Prices of Cloud Run in 2025 (tier 1, request-based, https://cloud.google.com/run/pricing), time of this machine; its least memory is 128 MiB.",
    ]
  `);
  expect(resultLines({ fn, fromMiB: 136, alone, together })[0]).toContain('(the smallest tried;');
});
