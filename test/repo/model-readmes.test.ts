/** The README of each model service: its requests get the answers it shows, and its table is the card's. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ModelInput, parseModelCard } from '../../shared/models/model-card.ts';
import { createTabularApp } from '../../shared/models/tabular-service.ts';
import { ROOT } from './source-files.ts';

const FUNCTIONS = join(ROOT, 'functions');
const services = readdirSync(FUNCTIONS, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.card.json'))
  .map((path) => ({ name: path.split(/[\\/]/)[0] ?? '', cardFile: join(FUNCTIONS, path) }))
  .filter(({ cardFile }) => JSON.parse(readFileSync(cardFile, 'utf8')).kind === 'xgboost');

const read = ({ name, cardFile }: (typeof services)[number]) => {
  const card = parseModelCard(JSON.parse(readFileSync(cardFile, 'utf8')));
  const loadModelText = async () => readFileSync(join(cardFile, '..', card.file), 'utf8');
  return {
    readme: readFileSync(join(FUNCTIONS, name, 'README.md'), 'utf8'),
    card,
    app: createTabularApp({ box: name, card, servedBy: 'function', loadModelText, log: () => {} }),
  };
};

test('there are model services', () => {
  expect(services.map((service) => service.name)).toEqual(expect.arrayContaining(['diabetes', 'heart']));
});

test.each(services)('$name: the requests of the README get the answers it shows', async (service) => {
  const { readme, app } = read(service);
  const shown = [...readme.matchAll(/```sh\ncurl [^']+'[^']+' -d '([^']+)'\n```\n\n```json\n([^`]+)```/g)];
  expect(shown.length).toBe(2);
  for (const [, body = '', answer = ''] of shown) {
    const headers = { 'content-type': 'application/json' };
    const response = await app.request('/tabular', { method: 'POST', body, headers });
    const { requestId: _, ...given } = await response.json();
    expect(given).toEqual(JSON.parse(answer));
  }
});

test.each(services)('$name: the table of the README lists the inputs of the card', (service) => {
  const { readme, card } = read(service);
  const table = readme
    .split('\n')
    .filter((line) => /^\| `[a-z0-9_]+` \|/.test(line) && line.split('|').length === 6);
  expect(table).toEqual(card.inputs.map(tableRow));
});

function tableRow(input: ModelInput): string {
  const optional = input.type !== 'category' && input.zeroMeansMissing ? 'no, 0 counts as missing' : 'no';
  const cells = [`\`${input.name}\``, input.description, values(input), input.required ? 'yes' : optional];
  return `| ${cells.join(' | ')} |`;
}

function values(input: ModelInput): string {
  if (input.type === 'category') {
    return input.categories.map(({ name, code }) => `\`${name}\` (${code})`).join(', ');
  }
  return `${input.min} to ${input.max} ${input.unit}${input.type === 'integer' ? ', whole' : ''}`;
}
