/** Numbers and names as WebAssembly's binary format has them. */

export function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** @param value of 32 bits. */
export function signed(value: number): number[] {
  const isLast = value >= -0x40 && value < 0x40;
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}

export const bytesOf = (name: string): Uint8Array => new TextEncoder().encode(name);

/** Of a float32, the lowest first. */
export const floatBytes = (value: number): number[] => [...new Uint8Array(Float32Array.of(value).buffer)];
