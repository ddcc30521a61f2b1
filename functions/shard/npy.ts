/** Writes arrays as NumPy's `.npy`, version 1.0: what `numpy.load` and `webdataset` read without being told anything. */

const MAGIC = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
/** What is before the values is a multiple of this, so that they can be mapped. */
const ALIGNMENT_BYTES = 64;
const ITEM_BYTES = { '|u1': 1, '<u2': 2, '<u4': 4, '<f4': 4, '|b1': 1 } as const;

export type NpyType = keyof typeof ITEM_BYTES;

/**
 * In C order. Values are taken as they lie in memory, which is little-endian wherever Node runs.
 * @param dtype as NumPy writes it; `|b1` wants bytes of 0 and 1.
 * @param shape [] for a single value.
 * Throws a RangeError when the data has another type or number of values than dtype and shape say.
 */
export function npy(
  dtype: NpyType,
  shape: readonly number[],
  data: Uint8Array | Uint16Array | Uint32Array | Float32Array,
): Uint8Array {
  const count = shape.reduce((product, side) => product * side, 1);
  const isFloat = data instanceof Float32Array;
  if (data.BYTES_PER_ELEMENT !== ITEM_BYTES[dtype] || isFloat !== (dtype === '<f4')) {
    throw new RangeError(`the values are not of type ${dtype}`);
  }
  if (!shape.every((side) => Number.isSafeInteger(side) && side >= 0) || data.length !== count) {
    throw new RangeError(`${data.length} values do not have the shape (${shape.join(', ')})`);
  }
  const header = npyHeader(dtype, shape);
  const file = new Uint8Array(header.byteLength + data.byteLength);
  file.set(header);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.byteLength);
  return file;
}

function npyHeader(dtype: NpyType, shape: readonly number[]): Buffer {
  // A tuple of one has a comma too.
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const before = MAGIC.byteLength + 2;
  const whole = Math.ceil((before + text.length + 1) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(whole - before);
  return Buffer.concat([MAGIC, length, Buffer.from(`${text.padEnd(whole - before - 1)}\n`, 'latin1')]);
}
