/** One JSON line per event, in the fields Cloud Logging reads. Callers pass keys, counts and limits, never a patient's value. */

export type Severity = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
export type Log = (severity: Severity, message: string, fields?: LogFields) => void;

/** A log that adds `box` to every line and writes to `write` (standard output by default). */
export function createLog(box: string, write: (line: string) => void = (line) => console.log(line)): Log {
  return (severity, message, fields = {}) =>
    write(JSON.stringify({ severity, message, box, time: new Date().toISOString(), ...fields }));
}

/**
 * An unexpected error as log fields: its class and where it was thrown. Its message is left out, because messages of
 * libraries quote their input (JSON.parse does), and the input may be a patient's.
 */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const at = framesOf(error).join(' < ');
  return { error: error.name, ...(at === '' ? {} : { at }) };
}

/** The stack begins with the message, whose own lines may look like frames; where the two cannot be told apart: none. */
function framesOf({ stack = '', message }: Error): string[] {
  const name = /^[\w$]+(?: \[\w+\])?(?:: )?/.exec(stack)?.[0] ?? '';
  const [beforeMessage, afterMessage] = [stack.slice(name.length), stack.slice(name.length + message.length)];
  if (!beforeMessage.startsWith(message) || !afterMessage.startsWith('\n')) return [];
  const lines = afterMessage.split('\n').map((line) => line.trim());
  return lines.filter((line) => line.startsWith('at ')).slice(0, 5);
}
