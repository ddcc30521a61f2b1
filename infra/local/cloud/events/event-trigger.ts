/** An event trigger of the configuration file: which events go to which URL. */

import * as z from 'zod';
import { OBJECT_EVENT_TYPES } from './object-event.ts';

export const eventTriggerSchema = z.strictObject({
  bucket: z.string().min(1),
  type: z.enum(OBJECT_EVENT_TYPES),
  /** `*` stands for one path segment, `**` for any number of them. */
  objectPattern: z.string().min(1),
  /** Where the event is posted. */
  url: z.url({ protocol: /^https?$/ }),
});

export type EventTrigger = Readonly<z.infer<typeof eventTriggerSchema>>;
