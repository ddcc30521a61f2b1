import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createBudget } from '../budget/budget.ts';
import { createFakeClock } from '../budget/fake-clock.fixture.ts';
import { parseModelCard } from './model-card.ts';
import { createTabularApp, type ServiceBudget } from './tabular-service.ts';

const MIB = 1024 * 1024;
const MODELS = join(import.meta.dirname, '../../functions/diabetes/models');
const plainCard = parseModelCard(JSON.parse(readFileSync(join(MODELS, 'diabetes.card.json'), 'utf8')));
const card = { ...plainCard, cache: { entries: 10, bytes: 100_000, maxAgeSeconds: 60 } };
const modelText = readFileSync(join(MODELS, 'diabetes.xgboost.json'), 'utf8');

function openBox(budget: ServiceBudget | undefined) {
  const app = createTabularApp({
    box: 'diabetes',
    card,
    servedBy: 'function',
    loadModelText: async () => modelText,
    budget,
  });
  const body = JSON.stringify(card.example);
  const headers = { 'content-type': 'application/json' };
  return async (): Promise<string | null> => {
    const response = await app.request('/tabular', { method: 'POST', headers, body });
    expect(response.status).toBe(200);
    return response.headers.get('pillbox-cache');
  };
}

test('a box keeps answers until its memory is short, and begins again when it is not', async () => {
  let heldBytes = 40 * MIB;
  const held = () => heldBytes;
  const other = {
    anonymousBytes: undefined,
    fileBytes: 0,
    heapUsedBytes: 0,
    externalBytes: 0,
    cgroup: undefined,
  };
  const usage = () => ({ ...other, residentBytes: heldBytes, peakBytes: heldBytes });
  const released: { name: string; bytes: number }[] = [];
  const clock = createFakeClock();
  const budget = createBudget({
    limit: { limitBytes: 100 * MIB, source: 'MEMORY_LIMIT_MIB' },
    gauge: { heldBytes: held, residentBytes: held, peakBytes: held, read: usage, close: () => {} },
    clock,
    onReleased: ({ name, bytes }) => void released.push({ name, bytes }),
  });
  const ask = openBox(budget);
  expect([await ask(), await ask()]).toEqual(['miss', 'hit']);
  heldBytes = 49 * MIB;
  expect([budget.sample(), await ask()]).toEqual(['normal', 'hit']);
  heldBytes = 51 * MIB;
  expect(budget.sample()).toBe('shed');
  await expect.poll(() => released).toHaveLength(1);
  expect(released[0]).toMatchObject({ name: 'answers', bytes: expect.any(Number) });
  expect(released[0]?.bytes).toBeGreaterThan(200);
  expect(budget.snapshot().counts.releasedBytes).toBe(released[0]?.bytes);
  heldBytes = 40 * MIB;
  expect([await ask(), await ask()]).toEqual(['miss', 'hit']);
  budget.close();
});

test('where nobody takes answers back none are kept', async () => {
  const ask = openBox(undefined);
  expect([await ask(), await ask()]).toEqual([null, null]);
});
