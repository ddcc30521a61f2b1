/** Reads `--events [type:]bucket/pattern=url`: an event trigger of the local cloud. */

import { InvalidArgumentError } from 'commander';
import type { EventTrigger } from '../../local/cloud/events/event-trigger.ts';
import { OBJECT_EVENT_TYPES } from '../../local/cloud/events/object-event.ts';

const SHORT_TYPES = new Map(
  OBJECT_EVENT_TYPES.map((type) => [type.slice(type.lastIndexOf('.') + 1), type] as const),
);

/** The type is `finalized` where none is named; `*` in a pattern stands for a path segment, `**` for any. */
export function parseEventOption(text: string): EventTrigger {
  const [, before = '', url = ''] = /^(.*?)=(https?:\/\/.*)$/s.exec(text) ?? [];
  const [, short = 'finalized', bucket = '', objectPattern = ''] =
    /^(?:(\w+):)?([^/:]+)\/(.+)$/s.exec(before) ?? [];
  if (!URL.canParse(url) || objectPattern === '') {
    throw new InvalidArgumentError('It must be BUCKET/PATTERN=URL, or TYPE:BUCKET/PATTERN=URL.');
  }
  const type = SHORT_TYPES.get(short);
  if (type !== undefined) return { type, bucket, objectPattern, url };
  throw new InvalidArgumentError(`Its type must be one of ${[...SHORT_TYPES.keys()].join(', ')}.`);
}
