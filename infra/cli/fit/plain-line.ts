/** A line that a process printed, as a person reads it. */

/**
 * Of a line of our own log its message; of an error's the whole line, among which the last words are looked for. Any
 * other line as it is.
 */
export function plainLine(line: string): string {
  if (!line.startsWith('{"severity":"') || line.startsWith('{"severity":"ERROR"')) return line;
  try {
    const { message } = JSON.parse(line) as { readonly message?: unknown };
    return typeof message === 'string' ? message : line;
  } catch {
    return line;
  }
}
