/** The WebAssembly instructions that the kernels of the shard step use: their codes, and what follows each code. */

/** The prefix of the 128-bit vector instructions. */
export const VECTOR = 0xfd;

/** Beside what an instruction takes from the stack: nothing, an address, an address and a lane. */
export type Immediate = 'none' | 'address' | 'lane-address';

export interface Opcode {
  readonly code: number;
  readonly isVector: boolean;
  readonly immediate: Immediate;
}

const plain = {
  'i32.lt_u': 0x49,
  'i32.ge_u': 0x4f,
  'i32.add': 0x6a,
  'i32.sub': 0x6b,
  'i32.rem_u': 0x70,
  'i32.and': 0x71,
  'i32.or': 0x72,
  'i32.shl': 0x74,
  'i32.shr_u': 0x76,
  'i64.add': 0x7c,
  'i64.and': 0x83,
  'i64.or': 0x84,
  'i64.shl': 0x86,
  'i64.shr_u': 0x88,
  'i32.wrap_i64': 0xa7,
  'i64.extend_i32_u': 0xad,
};

const plainMemory = {
  'i32.load': 0x28,
  'i64.load': 0x29,
  'i32.load8_u': 0x2d,
  'i64.load32_u': 0x35,
  'i32.store': 0x36,
  'i64.store': 0x37,
  'i32.store8': 0x3a,
};

const vector = {
  'i16x8.splat': 16,
  'i32x4.splat': 17,
  'f32x4.splat': 19,
  'i16x8.lt_s': 47,
  'i16x8.gt_s': 49,
  'i16x8.le_s': 51,
  'i16x8.ge_s': 53,
  'v128.and': 78,
  'v128.andnot': 79,
  'v128.or': 80,
  'v128.xor': 81,
  'v128.bitselect': 82,
  'v128.any_true': 83,
  'i8x16.narrow_i16x8_u': 102,
  'f32x4.nearest': 106,
  'i16x8.abs': 128,
  'i16x8.neg': 129,
  'i16x8.narrow_i32x4_s': 133,
  'i16x8.shl': 139,
  'i16x8.add': 142,
  'i16x8.sub': 145,
  'i32x4.shr_u': 173,
  'i32x4.extmul_low_i16x8_s': 188,
  'i32x4.extmul_high_i16x8_s': 189,
  'f32x4.add': 228,
  'f32x4.sub': 229,
  'f32x4.mul': 230,
  'i32x4.trunc_sat_f32x4_s': 248,
  'f32x4.convert_i32x4_s': 250,
};

const vectorMemory = { 'v128.load': 0, 'v128.load8x8_u': 2, 'v128.store': 11, 'v128.load32_zero': 92 };

const vectorLanes = { 'v128.load32_lane': 86, 'v128.store32_lane': 90, 'v128.store64_lane': 91 };

const list = (codes: Readonly<Record<string, number>>, isVector: boolean, immediate: Immediate) =>
  Object.entries(codes).map(([name, code]) => [name, { code, isVector, immediate }] as const);

export const OPCODES: ReadonlyMap<string, Opcode> = new Map([
  ...list(plain, false, 'none'),
  ...list(plainMemory, false, 'address'),
  ...list(vector, true, 'none'),
  ...list(vectorMemory, true, 'address'),
  ...list(vectorLanes, true, 'lane-address'),
]);
