/** Turns the name of an object into a path, without ever leaving the folder it is copied to. */

import { join } from 'node:path';

/**
 * Undefined when a segment of the name is empty, `.` or `..`, or holds a character that a path cannot: names in the cloud
 * are chosen by whoever wrote them, and `../../.ssh/authorized_keys` is one.
 */
export function pathInside(
  folder: string,
  name: string,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const forbidden = platform === 'win32' ? /[\0\\:]/ : /\0/;
  const segments = name.split('/');
  const isUnsafe = segments.some((s) => s === '' || s === '.' || s === '..' || forbidden.test(s));
  return isUnsafe ? undefined : join(folder, ...segments);
}
