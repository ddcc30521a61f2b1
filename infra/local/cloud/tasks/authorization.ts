/** The tokens that a task may carry, as the REST API states them. */

import * as z from 'zod';

/** Cloud Tasks refuses what is no address; whether the account exists is not asked here. */
const serviceAccountEmail = z
  .string({ error: 'must be set' })
  .max(320)
  .regex(/^[^@\s]+@[^@\s]+$/, 'must be the address of a service account');

export const authorizationSchema = z.object({
  oidcToken: z.strictObject({ serviceAccountEmail, audience: z.string().optional() }).optional(),
  /** For calls of the APIs of Google alone. */
  oauthToken: z.strictObject({ serviceAccountEmail, scope: z.string().optional() }).optional(),
});

export type Authorization = Readonly<z.infer<typeof authorizationSchema>>;
