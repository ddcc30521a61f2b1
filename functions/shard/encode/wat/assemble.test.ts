import { describe, expect, test } from 'vitest';
import { assemble } from './assemble.ts';

function open(text: string): Record<string, (...values: number[]) => number> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(1, text)));
  return exports as Record<string, (...values: number[]) => number>;
}

test('what is inside an instruction comes before it, in its order', () => {
  const { minus } = open(
    '(func $minus (param $a i32) (param $b i32) (result i32) (i32.sub (local.get $a) (local.get $b)))',
  );
  expect(minus?.(7, 2)).toBe(5);
});

test('loops, blocks and conditions end where they should', () => {
  const { sum } = open(`
    (func $sum (param $n i32) (result i32) (local $total i32) ;; of 1 to n; of odd n, one more
      (block $done
        (br_if $done (i32.lt_u (local.get $n) (i32.const 1)))
        (if (i32.and (local.get $n) (i32.const 1)) (then (local.set $total (i32.const 1))))
        (loop $again
          (local.set $total (i32.add (local.get $total) (local.get $n)))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
      (local.get $total))`);
  expect([0, 1, 4, 5].map((n) => sum?.(n))).toEqual([0, 2, 10, 16]);
});

test('constants of any sign and size are kept', () => {
  for (const value of [0, 1, 63, 64, -64, -65, 127, 128, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)]) {
    const { constant } = open(`(func $constant (result i32) (i32.const ${value}))`);
    expect(constant?.()).toBe(value);
  }
});

test('an address has its offset, a lane its number, and float32 its bits', () => {
  const { lanes } = open(`
    (func $lanes (param $x f32) (result i32)
      (v128.store32_lane offset=300 2 (i32.const 4) (f32x4.add (f32x4.splat (local.get $x)) (f32x4.splat (f32.const 0.5))))
      (i32.load offset=4 (i32.const 300)))`);
  expect(lanes?.(1)).toBe(0x3fc00000);
});

describe('what is not understood is refused', () => {
  test.each([
    ['(func $f (i32.nonsense))', 'no instruction i32.nonsense'],
    ['(func $f (local.get $a))', 'no local $a'],
    ['(func $f (block $b (br $c)))', 'no block $c'],
    ['(func $f (if (i32.const 1)))', 'an if without condition or then'],
    ['(func $f (local $a i31))', 'a local without name or type'],
    ['(func $f ((i32.const 1)))', 'an instruction without name'],
    ['(func', 'a bracket is not closed'],
    ['(func $f))', 'a bracket is closed that was not opened'],
    ['(memory 1)', 'a module has functions with names, and nothing else'],
  ])('%s', (text, message) => {
    expect(() => assemble(1, text)).toThrow(new SyntaxError(message));
  });
});
