import { expect, test } from 'vitest';
import { manifestSubjects } from './manifest-subjects.ts';

async function read(text: string, chunkBytes: number) {
  const bytes = Buffer.from(text);
  const chunks = (async function* () {
    for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  })();
  const found: [string | number, string | undefined][] = [];
  for await (const { subject_id, stratum } of manifestSubjects(chunks)) found.push([subject_id, stratum]);
  return found;
}

const LINES = [
  '{"subject_id":7,"stratum":"PA|1","image":"é"}',
  '',
  'no json',
  '{"subject_id":[]}',
  `{"subject_id":8,"report":"${'x'.repeat(300_000)}"}`,
  '{"subject_id":"9"}',
].join('\n');

test.each([1_000_000, 4096, 7])('subjects are read wherever chunks of %d bytes end', async (chunkBytes) => {
  const wanted = [
    [7, 'PA|1'],
    ['9', undefined],
  ];
  expect(await read(LINES, chunkBytes)).toEqual(wanted);
  expect(await read(`${LINES}\n`, chunkBytes)).toEqual(wanted);
});

test('an empty manifest has none', async () => {
  expect(await read('', 10)).toEqual([]);
});
