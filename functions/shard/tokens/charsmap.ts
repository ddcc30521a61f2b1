/**
 * SentencePiece's precompiled table of replacements: the length of a trie, the trie, and the replacements, each ended by
 * a NUL. The trie is a double array: a state is an index, and a byte leads from it to the index XOR offset XOR byte.
 */

import { isUtf8 } from 'node:buffer';
import { MAX_REPLACEMENT_BYTES } from './tokenizer-limits.ts';
import { TokenizerRefusal } from './tokenizer-refusal.ts';

const UNIT_BYTES = 4;
/** The states that a state leads to lie in one block. */
const BLOCK_UNITS = 256;
const LEAF = 0x8000_0000;
const HAS_LEAF = 0x100;
const WIDE_OFFSET = 0x200;

export interface Charsmap {
  /** The replacement of the shortest beginning of bytes[0, length) that has one; undefined when none has. */
  find(bytes: Uint8Array, length: number): string | undefined;
}

/** @param base64 as in a tokenizer.json. Throws a TokenizerRefusal for a table that leads out of itself. */
export function readCharsmap(base64: unknown): Charsmap {
  const { units, texts } = cutTable(decode(base64));
  checkUnits(units, texts);
  const rootOffset = offsetOf(units[0] ?? 0);
  return {
    find(bytes, length) {
      let state = rootOffset;
      for (let i = 0; i < length; i++) {
        const byte = bytes[i] ?? 0;
        // NUL ends a key, and so no key has one.
        if (byte === 0) return undefined;
        state ^= byte;
        const unit = units[state] ?? LEAF;
        if ((unit & (LEAF | 0xff)) >>> 0 !== byte) return undefined;
        state ^= offsetOf(unit);
        if ((unit & HAS_LEAF) !== 0) return textAt(texts, leafValue(units[state] ?? 0));
      }
      return undefined;
    },
  };
}

function decode(base64: unknown): Buffer {
  if (typeof base64 !== 'string') throw refusal('is not there');
  const bytes = Buffer.from(base64, 'base64');
  // Node drops what is no base64.
  if (bytes.toString('base64') !== base64) throw refusal('is not base64');
  return bytes;
}

function cutTable(bytes: Buffer): { units: Uint32Array; texts: Buffer } {
  if (bytes.length < UNIT_BYTES) throw refusal('is too short');
  const trieBytes = bytes.readUInt32LE(0);
  const isWhole = trieBytes > 0 && trieBytes % (UNIT_BYTES * BLOCK_UNITS) === 0;
  if (!isWhole || trieBytes > bytes.length - UNIT_BYTES) throw refusal('has a trie of no possible length');
  const units = new Uint32Array(trieBytes / UNIT_BYTES);
  for (let i = 0; i < units.length; i++) units[i] = bytes.readUInt32LE(UNIT_BYTES * (i + 1));
  const texts = bytes.subarray(UNIT_BYTES + trieBytes);
  if (!isUtf8(texts)) throw refusal('has replacements that are not UTF-8');
  return { units, texts };
}

/** Every state that a search can come to leads to states that are there: the search itself need not look. */
function checkUnits(units: Uint32Array, texts: Buffer): void {
  if (((units[0] ?? LEAF) & LEAF) !== 0) throw refusal('has a trie without a root');
  for (const [state, unit] of units.entries()) {
    if ((unit & LEAF) !== 0) continue;
    const next = (state ^ offsetOf(unit)) >>> 0;
    if (next >= units.length) throw refusal('has a trie that leads out of itself');
    if ((unit & HAS_LEAF) !== 0 && !isText(texts, leafValue(units[next] ?? 0))) {
      throw refusal('has a trie that leads to no replacement');
    }
  }
}

function isText(texts: Buffer, at: number): boolean {
  const first = texts[at];
  // Not in the middle of a char.
  return first !== undefined && (first & 0xc0) !== 0x80 && endOf(texts, at) - at <= MAX_REPLACEMENT_BYTES;
}

function textAt(texts: Buffer, at: number): string {
  return texts.toString('utf8', at, endOf(texts, at));
}

function endOf(texts: Buffer, at: number): number {
  const end = texts.indexOf(0, at);
  return end === -1 ? texts.length : end;
}

/** By how much, XORed, the states after this one are away. */
function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & WIDE_OFFSET) >>> 6);
}

function leafValue(unit: number): number {
  return (unit & ~LEAF) >>> 0;
}

function refusal(what: string): TokenizerRefusal {
  return new TokenizerRefusal(`normalizer: precompiled_charsmap ${what}`);
}
