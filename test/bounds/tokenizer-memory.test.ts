/** The largest tokenizers and knowledge bases beside what else the shard box holds: read in a child process. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import functionConfig from '../../functions/shard/function.json' with { type: 'json' };
import { MAX_PASSAGES } from '../../functions/shard/note/knowledge-base.ts';
import { MAX_KNOWLEDGE_BYTES } from '../../functions/shard/note/passage-lines.ts';
import { boxProcessOptions } from '../../infra/local/supervisor/box-process-options.ts';

/** What the largest may add: the images of the box need the rest. */
const ROOM_MIB = 60;
const KNOWLEDGE_ROOM_MIB = 30;
const SHARD = pathToFileURL(join(import.meta.dirname, '../../functions/shard/')).href;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pillbox-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** side ² tokens and some more, most of eight letters, each of those with two merges. */
function largeBpe(side: number): { vocab: Record<string, number>; merges: [string, string][] } {
  const bytes = [...Array.from({ length: 256 }, (_, i) => String.fromCharCode(0x100 + i)), ...ALPHABET];
  const merges: [string, string][] = [];
  const merge = (left: string, right: string) => {
    merges.push([left, right]);
    return left + right;
  };
  const twos = [...ALPHABET].flatMap((a) => [...ALPHABET].map((b) => merge(a, b)));
  const fours = twos.slice(0, side).map((two) => merge('aa', two));
  const sixes = fours.map((four) => merge(four, 'aa'));
  const eights = fours.flatMap((first) => fours.map((second) => merge(first, second)));
  for (const six of sixes) for (const two of twos.slice(0, side)) merges.push([six, two]);
  const tokens = bytes.concat(twos, fours, sixes, eights);
  return { vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges };
}

async function writeBpe(name: string, side: number, indent: number, ignoreMerges: boolean): Promise<string> {
  const { vocab, merges } = largeBpe(side);
  const model = {
    ...{ type: 'BPE', dropout: null, unk_token: null, ignore_merges: ignoreMerges },
    ...{ vocab, merges: indent > 0 ? merges : merges.map((pair) => pair.join(' ')) },
  };
  const document = { added_tokens: [], pre_tokenizer: { type: 'ByteLevel' }, model };
  const file = join(folder, name);
  await writeFile(file, JSON.stringify(document, null, indent));
  return file;
}

/**
 * Most of what is read becomes garbage: when it is collected moves a single reading by 10 MiB, and more where cores are few.
 * So the median of three counts, and none of them is far off.
 */
async function expectRise(file: string, code: string, roomMiB: number): Promise<void> {
  const rises = [await riseMiB(file, code), await riseMiB(file, code), await riseMiB(file, code)];
  const [least = 0, median = 0, most = 0] = rises.sort((a, b) => a - b);
  expect(median).toBeLessThan(roomMiB);
  expect(most).toBeLessThan(1.5 * roomMiB);
  expect(least).toBeGreaterThan(5);
}

/** Runs `code`, in which `file` is a path, beside the modules of the box; returns by how much the high-water mark rose. */
async function riseMiB(file: string, code: string): Promise<number> {
  const { nodeFlags, env } = boxProcessOptions(functionConfig.memoryMiB, functionConfig.heapGrowthPercent);
  const script = `
    import { createReadStream, readFileSync } from 'node:fs';
    const { readTokenizer } = await import('${SHARD}tokens/tokenizer.ts');
    const { readKnowledge, generalKnowledge } = await import('${SHARD}note/knowledge-base.ts');
    const file = ${JSON.stringify(file)};
    const small = { type: 'WordLevel', unk_token: 'a', vocab: { a: 0 } };
    (await readTokenizer(Buffer.from(JSON.stringify({ model: small })), 'x')).encode('a', 8);
    (await generalKnowledge()).search('cough', 3);
    const highWater = () => Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
    const before = highWater();
    ${code}
    console.log(highWater() - before);`;
  const args = [...nodeFlags, '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
  return Number(stdout);
}

const onLinux = test.skipIf(!existsSync('/proc/self/status'));

onLinux.each([
  ['127,667 tokens', 355, 0, false],
  ['127,667 tokens, with whole words', 355, 0, true],
  ['127,667 tokens, indented', 355, 2, true],
  ['256,990 tokens, near the limits', 505, 0, true],
])('a vocabulary of %s leaves room for the images', async (name, side, indent, ignoreMerges) => {
  const file = await writeBpe(`${name}.json`, side, indent, ignoreMerges);
  await expectRise(
    file,
    `const tokenizer = await readTokenizer(readFileSync(file), 'x');
     if (tokenizer.encode('aaabaaacaaad'.repeat(1000), 8192).length < 1000) throw new Error('too few');`,
    ROOM_MIB,
  );
});

/** As multilingual models have it: 250,000 pieces with scores, and a table of replacements. */
async function writeUnigram(name: string): Promise<string> {
  const fixture = join(import.meta.dirname, '../fixtures/tokenizers/precompiled-unigram.json');
  const { normalizer, pre_tokenizer } = JSON.parse(await readFile(fixture, 'utf8'));
  const letters = [...ALPHABET, '▁'].map((letter) => [letter, -8]);
  const pieces = Array.from({ length: 250_000 }, (_, i) => {
    const spelled = i.toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? '');
    return [`${i % 2 === 0 ? '▁' : 'xx'}${spelled}${spelled.slice(0, i % 5)}`, -9 - i * 0.0000371234];
  });
  const vocab = [['<unk>', 0], ...letters, ...pieces];
  const document = { normalizer, pre_tokenizer, model: { type: 'Unigram', unk_id: 0, vocab } };
  const file = join(folder, name);
  await writeFile(file, JSON.stringify(document));
  return file;
}

onLinux('250,000 pieces of a Unigram model leave room for the images', async () => {
  await expectRise(
    await writeUnigram('unigram.json'),
    `const tokenizer = await readTokenizer(readFileSync(file), 'x');
     const text = 'chest \ufb01brosis \u00c9\u0301 and '.repeat(3000);
     if (tokenizer.encode(text, 8192).length < 8192) throw new Error('too few');`,
    ROOM_MIB,
  );
});

onLinux('the largest knowledge base takes less than its room', async () => {
  const length = Math.floor(MAX_KNOWLEDGE_BYTES / MAX_PASSAGES) - 50;
  const lines = Array.from({ length: MAX_PASSAGES }, (_, i) => {
    let text = '';
    for (let word = 0; text.length < length - 12; word++)
      text += `word${(i * 7919 + word * word * 31) % 30_011} `;
    return JSON.stringify({ id: String(i), title: `title ${i}`, text });
  });
  const file = join(folder, 'knowledge.jsonl');
  await writeFile(file, lines.join('\n'));
  const code = `const knowledge = await readKnowledge(createReadStream(file), 'x');
     if (knowledge.search('word31 word62', 3).length === 0) throw new Error('nothing found');`;
  await expectRise(file, code, KNOWLEDGE_ROOM_MIB);
});
