/** Enums of the Cloud Tasks API, which clients send and ask for by name or by number. */

import * as z from 'zod';

/** The number of a name is its place in the list. */
export const HTTP_METHODS = [
  'HTTP_METHOD_UNSPECIFIED',
  'POST',
  'GET',
  'HEAD',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
] as const;
export const TASK_VIEWS = ['VIEW_UNSPECIFIED', 'BASIC', 'FULL'] as const;
export const QUEUE_STATES = ['STATE_UNSPECIFIED', 'RUNNING', 'PAUSED', 'DISABLED'] as const;

export type EnumEncoding = 'name' | 'number';

/** Takes a name, or a number (in a query string, its digits), and gives the name. */
export function enumSchema<const Name extends string>(names: readonly Name[]) {
  return z.union([z.string(), z.int()]).transform((value, context): Name => {
    const isNumber = typeof value === 'number' || /^\d+$/.test(value);
    const name = isNumber ? names[Number(value)] : names.find((known) => known === value);
    if (name !== undefined) return name;
    context.addIssue({ code: 'custom', message: `must be one of ${names.join(', ')}` });
    return z.NEVER;
  });
}

export function encodeEnum<Name extends string>(
  names: readonly Name[],
  name: Name,
  encoding: EnumEncoding,
): Name | number {
  return encoding === 'number' ? names.indexOf(name) : name;
}
