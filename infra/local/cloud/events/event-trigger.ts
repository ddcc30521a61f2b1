/** An event trigger of the configuration file: which events go to which URL. */

import * as z from 'zod';

export const eventTriggerSchema = z.strictObject({
  bucket: z.string().min(1),
  type: z.literal('google.cloud.storage.object.v1.finalized'),
  /** `*` stands for one path segment. */
  objectPattern: z.string().min(1),
  /** Where the event is posted. */
  url: z.url({ protocol: /^https?$/ }),
});

export type EventTrigger = Readonly<z.infer<typeof eventTriggerSchema>>;
