/** The little of protobuf's wire format that an ONNX file needs, written; lengths of tensor data are only announced. */

const WIRE_VARINT = 0;
const WIRE_BYTES = 2;
const WIRE_FLOAT = 5;
const utf8 = new TextEncoder();

export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

export function intField(field: number, value: number): Uint8Array {
  return joinBytes([varint(field * 8 + WIRE_VARINT), varint(value)]);
}

export function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joinBytes([varint(field * 8 + WIRE_FLOAT), bytes]);
}

export function textField(field: number, text: string): Uint8Array {
  return bytesField(field, utf8.encode(text));
}

/** A submessage, given its fields, or plain bytes. */
export function bytesField(field: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = joinBytes(parts);
  return joinBytes([lengthPrefix(field, body.byteLength), body]);
}

/** What comes before `sizeBytes` bytes that the caller writes itself. */
export function lengthPrefix(field: number, sizeBytes: number): Uint8Array {
  return joinBytes([varint(field * 8 + WIRE_BYTES), varint(sizeBytes)]);
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sizeBytes, part) => sizeBytes + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.byteLength;
  }
  return joined;
}
