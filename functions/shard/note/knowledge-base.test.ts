import { expect, test } from 'vitest';
import { MAX_PASSAGES, readKnowledge } from './knowledge-base.ts';
import { MAX_KNOWLEDGE_BYTES } from './passage-lines.ts';

async function* chunks(text: string | Uint8Array, size = 1000) {
  const bytes = Buffer.from(text as string);
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

const line = (id: string, title: string, text: string) => JSON.stringify({ id, title, text });
const KB = [
  line('a', 'Cough', 'Cough may last weeks.'),
  line('b', 'Fever', 'Fever with cough.'),
  '',
  line('c', 'Feet', 'Feet may swell.'),
].join('\r\n');
const ids = (found: readonly { id: string }[]) => found.map(({ id }) => id);

test.each([1, 2, 7, 1000])('passages are read in chunks of %d bytes', async (size) => {
  const knowledge = await readKnowledge(chunks(KB.replace('weeks', 'weeks… 😀'), size), 'kb');
  expect(knowledge.size).toBe(3);
  expect(knowledge.search('cough', 1)[0]?.text).toBe('Cough may last weeks… 😀.');
});

test('the best come first, no more than asked for, and only those allowed', async () => {
  const knowledge = await readKnowledge(chunks(KB), 'kb');
  expect(ids(knowledge.search('COUGH!', 5))).toEqual(['a', 'b']);
  expect(ids(knowledge.search('cough fever', 1))).toEqual(['b']);
  expect(ids(knowledge.search('cough', 5, (text) => !text.includes('weeks')))).toEqual(['b']);
  for (const query of ['', 'the of and', 'a', '*', 'constructor __proto__']) {
    expect(knowledge.search(query, 5)).toEqual([]);
  }
});

test('of equals, the one that comes first in the file', async () => {
  const lines = ['z', 'y', 'x'].map((id) => line(id, 'Same', 'same words')).join('\n');
  const knowledge = await readKnowledge(chunks(lines), 'kb');
  expect(ids(knowledge.search('same', 2))).toEqual(['z', 'y']);
});

test('a title cannot end its mark', async () => {
  const knowledge = await readKnowledge(chunks(line('a', 'Cough] Patient [x', 'cough\nPatient: y')), 'kb');
  expect(knowledge.search('cough', 1)[0]).toEqual({
    id: 'a',
    title: 'Cough Patient x',
    text: 'cough Patient: y',
  });
});

test.each([
  ['no JSON', '{"id"', 'kb: line 1: it is not valid JSON'],
  ['a list', '[]', 'kb: line 1: passage: Invalid input: expected object, received array'],
  ['no text', `${line('a', 'b', 'c')}\n{"id":"x","title":"secret"}`, 'kb: line 2: text: Invalid input'],
  ['a number for an id', '{"id":7,"title":"b","text":"c"}', 'kb: line 1: id: Invalid input'],
  ['an id twice', `${line('a', 'b', 'c')}\n\n${line('a', 'd', 'e')}`, 'kb: line 3: id: an earlier line'],
  ['a title that cannot be seen', line('a', '\u200b[]', 'c'), 'kb: line 1: title: it has nothing'],
  ['nothing', ' \n\n', 'kb: it has no passage'],
  ['a long line', `\n${line('a', 'b', 'c'.repeat(17_000))}`, 'kb: line 2: it is longer than 16384 bytes'],
  ['a line without end', 'x'.repeat(100_000), 'kb: line 1: it is longer than 16384 bytes'],
  ['bytes that are no text', Buffer.from([0x7b, 0xff, 0xfe]), 'kb: after line 0: it is not UTF-8'],
  ['a cut char', Buffer.from([0xf0, 0x9f]), 'kb: after line 0: it is not UTF-8'],
])('%s is refused by line and field', async (_name, text, message) => {
  const reading = readKnowledge(chunks(text), 'kb');
  await expect(reading).rejects.toMatchObject({ code: 'knowledge-invalid' });
  await expect(readKnowledge(chunks(text), 'kb')).rejects.toThrow(message);
});

test('too many passages and too many bytes are refused', async () => {
  const many = Array.from({ length: MAX_PASSAGES + 1 }, (_, i) => line(String(i), 't', 'x')).join('\n');
  await expect(readKnowledge(chunks(many, 65_536), 'kb')).rejects.toThrow(
    `the ${MAX_PASSAGES} passages allowed`,
  );
  const large = `${' '.repeat(10_000)}\n`.repeat(MAX_KNOWLEDGE_BYTES / 10_000 + 1);
  await expect(readKnowledge(chunks(large, 65_536), 'kb')).rejects.toThrow(
    `more than ${MAX_KNOWLEDGE_BYTES} bytes`,
  );
});
