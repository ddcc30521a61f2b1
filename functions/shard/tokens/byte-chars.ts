/** Bytes as visible chars, as byte-level tokenizers write them: itself where it is one, otherwise U+0100 and onwards. */

const BYTE_CHARS = (() => {
  const visible = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(visible(byte) ? byte : next++));
})();

/** A char for each byte that the text has in UTF-8. */
export function byteChars(text: string): string {
  if (/^[!-~]*$/.test(text)) return text;
  let chars = '';
  for (const byte of Buffer.from(text)) chars += BYTE_CHARS[byte] ?? '';
  return chars;
}
