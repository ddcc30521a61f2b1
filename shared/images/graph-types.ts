/** The element types of ONNX tensors. */

/** By ONNX's number: the name that ONNX Runtime uses, and the bits of one element; 0 = not fixed. */
const TYPES: Readonly<Record<number, readonly [name: string, bits: number]>> = {
  1: ['float32', 32],
  2: ['uint8', 8],
  3: ['int8', 8],
  4: ['uint16', 16],
  5: ['int16', 16],
  6: ['int32', 32],
  7: ['int64', 64],
  8: ['string', 0],
  9: ['bool', 8],
  10: ['float16', 16],
  11: ['float64', 64],
  12: ['uint32', 32],
  13: ['uint64', 64],
  16: ['bfloat16', 16],
  21: ['uint4', 4],
  22: ['int4', 4],
};

export function typeName(type: number): string {
  return TYPES[type]?.[0] ?? `type ${type}`;
}

/** Undefined where the type does not say. */
export function sizeOfElements(type: number, count: number): number | undefined {
  const bits = TYPES[type]?.[1] ?? 0;
  return bits === 0 ? undefined : Math.ceil((count * bits) / 8);
}
