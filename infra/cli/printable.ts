/** Text of others, such as object names, made safe for a terminal. */

/** Control characters, and those that reorder the text around them, become visible escapes: they could move the cursor or forge a line. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
