/** Which faults a cloud makes, and how often, as data: what a configuration states, or a seed draws. */

import * as z from 'zod';

/** What is done to an object, a list of objects, or a queue. */
export const OPERATIONS = ['create', 'compose', 'read', 'stat', 'list', 'delete', 'enqueue'] as const;

/** Of the calls that a fault may meet, this part does meet it; which ones follows from the seed. */
const share = z.number().min(0).max(1);

const DELIVERY = {
  share,
  /** Ends of queue names, such as `shard`, or whole names; absent = every queue and every event. */
  queues: z.array(z.string().min(1)).min(1).optional(),
};

const REQUEST = {
  share: share.optional(),
  /** In place of a share: which of the calls that it may meet, in the order in which they come, from 1. */
  nth: z.array(z.int().min(1)).min(1).optional(),
  /** Absent = every operation that the kind is for. */
  on: z.array(z.enum(OPERATIONS)).min(1).optional(),
  /** Names of objects, and prefixes of lists: `*` is one segment, `**` any text. Absent = of jobs, but for their job.json. */
  objects: z.string().min(1).optional(),
  /** How often at most, of each job, and of each queue. */
  most: z.int().min(1).max(1000).default(20),
};

const bytes = z.int().min(0);

const deliveryFaultKinds = [
  /** So many more copies at the same time. */
  z.strictObject({ kind: z.literal('duplicate'), ...DELIVERY, copies: z.int().min(1).max(10).default(1) }),
  /** Late, by up to so much. */
  z.strictObject({ kind: z.literal('delay'), ...DELIVERY, maxMs: z.int().min(1).max(3_600_000) }),
  /** After up to so many later ones. */
  z.strictObject({ kind: z.literal('reorder'), ...DELIVERY, maxLater: z.int().min(1).max(100).default(3) }),
  /** Given up after up to so long, while its target may be at work; then sent again. */
  z.strictObject({ kind: z.literal('pass-deadline'), ...DELIVERY, maxMs: z.int().min(1).max(3_600_000) }),
] as const;

const requestFaultKinds = [
  /** An answer that says that nothing was done, and nothing is. */
  z.strictObject({
    kind: z.literal('refuse'),
    ...REQUEST,
    status: z.union([z.literal(429), z.literal(500), z.literal(503)]),
  }),
  /** The connection ends before anything is read. */
  z.strictObject({ kind: z.literal('cut'), ...REQUEST }),
  /** The connection ends when so much of the body has arrived; absent = at a byte that is drawn. */
  z.strictObject({ kind: z.literal('cut-upload'), ...REQUEST, afterBytes: bytes.optional() }),
  /** The connection ends when so much of the answer's body has left; absent = at a byte that is drawn. */
  z.strictObject({ kind: z.literal('cut-download'), ...REQUEST, afterBytes: bytes.optional() }),
  /** What was asked for is done; the connection ends in place of an answer. */
  z.strictObject({ kind: z.literal('lose-answer'), ...REQUEST }),
  /** A conditional write is done, and answered 412: as its repeat is, where the first answer was lost. */
  z.strictObject({ kind: z.literal('done-but-412'), ...REQUEST }),
  /** The write fails for want of room, and so do the next ones that the rule may meet: so many in all. */
  z.strictObject({ kind: z.literal('full-disk'), ...REQUEST, requests: z.int().min(1).max(100).default(4) }),
  /** The process that asks is killed before its request is served. */
  z.strictObject({ kind: z.literal('kill-caller'), ...REQUEST }),
] as const;

export const deliveryFaultRuleSchema = z.discriminatedUnion('kind', [...deliveryFaultKinds]);
export const requestFaultRuleSchema = z
  .discriminatedUnion('kind', [...requestFaultKinds])
  .refine(({ share: part, nth }) => (part === undefined) !== (nth === undefined), {
    message: 'either a share or nth',
    path: ['share'],
  });

export type Operation = (typeof OPERATIONS)[number];
export type DeliveryFaultRule = Readonly<z.infer<typeof deliveryFaultRuleSchema>>;
export type RequestFaultRule = Readonly<z.infer<typeof requestFaultRuleSchema>>;

/** Where the shares of faults that may meet the same call are more than 1 together, the last ones meet less. */
export const chaosScheduleSchema = z.strictObject({
  seed: z.string().min(1).max(200),
  /** Of deliveries of tasks and events. At most one of them meets a delivery: of several that could, the first. */
  deliveries: z.array(deliveryFaultRuleSchema).max(100).optional(),
  /** Of requests to storage and tasks, likewise. */
  requests: z.array(requestFaultRuleSchema).max(100).optional(),
});

/** With neither list, the seed draws both. */
export type ChaosSchedule = Readonly<z.infer<typeof chaosScheduleSchema>>;

/** A text is a seed. */
export const chaosSchema = z.preprocess(
  (given) => (typeof given === 'string' ? { seed: given } : given),
  chaosScheduleSchema.optional(),
);
