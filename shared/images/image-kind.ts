/** What a file is, by its first bytes: neither a file name nor a content type says. */

export type ImageKind = 'jpeg' | 'png' | 'webp' | 'tiff';
export type RefusedKind = 'pdf' | 'dicom' | 'gif' | 'heif' | 'svg' | 'bmp';

interface Signature<Kind> {
  readonly kind: Kind;
  readonly at: number;
  /** Latin-1. */
  readonly magic: string;
}

const ACCEPTED: readonly Signature<ImageKind>[] = [
  { kind: 'jpeg', at: 0, magic: '\xff\xd8\xff' },
  { kind: 'png', at: 0, magic: '\x89PNG\r\n\x1a\n' },
  { kind: 'webp', at: 8, magic: 'WEBP' },
  { kind: 'tiff', at: 0, magic: 'II*\0' },
  { kind: 'tiff', at: 0, magic: 'MM\0*' },
];
const REFUSED: readonly Signature<RefusedKind>[] = [
  { kind: 'pdf', at: 0, magic: '%PDF-' },
  { kind: 'dicom', at: 128, magic: 'DICM' },
  { kind: 'gif', at: 0, magic: 'GIF8' },
  { kind: 'heif', at: 4, magic: 'ftyp' },
  { kind: 'svg', at: 0, magic: '<svg' },
  { kind: 'bmp', at: 0, magic: 'BM' },
];

/** A kind that can be decoded, one that is refused by name, or undefined. */
export function imageKind(
  bytes: Uint8Array,
): { readonly accepted: ImageKind } | { readonly refused: RefusedKind } | undefined {
  const accepted = ACCEPTED.find((signature) => matches(bytes, signature));
  if (accepted !== undefined) return { accepted: accepted.kind };
  const refused = REFUSED.find((signature) => matches(bytes, signature));
  return refused === undefined ? undefined : { refused: refused.kind };
}

function matches(bytes: Uint8Array, { at, magic }: Signature<string>): boolean {
  return Array.from(magic).every((char, offset) => bytes[at + offset] === char.charCodeAt(0));
}
