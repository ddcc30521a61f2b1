/** Holds: an object under one is neither replaced nor deleted. */

import { ApiError } from './api-error.ts';
import type { StoredObject } from './stored-object.ts';

/** Throws an ApiError (403) for a live object with a temporary or event-based hold. */
export function checkNotHeld(live: StoredObject | undefined): void {
  const { temporaryHold, eventBasedHold } = live?.metadata ?? {};
  if (live === undefined || (temporaryHold !== true && eventBasedHold !== true)) return;
  const kind = temporaryHold === true ? 'Temporary' : 'Event-Based';
  throw new ApiError(
    403,
    'forbidden',
    `Object '${live.bucket}/${live.name}' is under active ${kind} hold and cannot be deleted, overwritten or archived until hold is removed.`,
  );
}
