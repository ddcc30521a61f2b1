/** Failures that are the folder's or the machine's, in words for whoever can mend them: a full disk, no permission. */

/** Of the system. */
const SYSTEM: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
};

/** Of SQLite, by primary result code. */
const SQLITE: Readonly<Record<number, readonly [name: string, words: string]>> = {
  8: ['SQLITE_READONLY', 'the state cannot be written'],
  10: ['SQLITE_IOERR', 'the disk does not read or write'],
  13: ['SQLITE_FULL', 'the disk is full'],
  14: ['SQLITE_CANTOPEN', 'the state cannot be opened'],
};

/** A failure of the folder, which is told by its message: where in the program it came up helps nobody. */
export class FolderFault extends Error {
  override readonly name = 'FolderFault';
}

/** Such as `the disk is full (ENOSPC)`; undefined for any other failure. */
export function folderFaultWords(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') {
    // The byte above says more than anybody needs to know.
    const [name, words] = SQLITE[error.errcode & 0xff] ?? [];
    return name && `${words} (${name})`;
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return Object.hasOwn(SYSTEM, code) ? `${SYSTEM[code]} (${code})` : undefined;
}

/** The same failure as one that names the folder; any other as it is. */
export function withFolder(error: unknown, dir: string): unknown {
  const words = folderFaultWords(error);
  return words === undefined
    ? error
    : new FolderFault(`the folder ${dir} cannot be used: ${words}`, { cause: error });
}

/** For an answer, which tells a caller no more of this machine than there is to mend. */
export function failureMessage(error: unknown): string {
  const words = error instanceof FolderFault ? folderFaultWords(error.cause) : folderFaultWords(error);
  return `The local cloud failed${words === undefined ? '; its log says how.' : `: ${words}.`}`;
}

/** For a log: one line for a failure of the folder, for any other where it came up. */
export function failureText(error: unknown): string {
  if (error instanceof FolderFault) return error.message;
  const words = folderFaultWords(error);
  if (words !== undefined) return words;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
