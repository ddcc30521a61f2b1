/** The card of an image model: its graph, how a picture becomes its input, what its classes mean. */

import * as z from 'zod';
import { TerminalError } from '../errors/terminal-error.ts';

const text = z.string().min(1);
/** A card may come out of a bucket: what it names lies beside it, and nowhere else. */
const fileName = z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'must be letters, digits, _, - and dots');
const share = z.number().min(0).max(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const perChannel = z.tuple([z.number(), z.number(), z.number()]);

const preprocessingSchema = z
  .strictObject({
    /** Pixels that the shorter side is brought to. */
    resize: z.int().min(8).max(2048),
    /** Pixels of the square taken from the middle; of 640, tensor and squares take 12 MiB. */
    crop: z.int().min(8).max(640),
    /** On values from 0 to 1, in the order of `channelOrder`. */
    mean: perChannel,
    std: perChannel.refine((std) => std.every((value) => value > 0), 'must be above 0'),
    channelOrder: z.enum(['rgb', 'bgr']),
    layout: z.enum(['nchw', 'nhwc']),
  })
  .refine(({ resize, crop }) => crop <= resize, { path: ['crop'], message: 'must not be above resize' });

const classSchema = z.strictObject({
  name: text,
  /** Whether the class counts towards the probability of disease. */
  diseased: z.boolean(),
});

const riskSchema = z
  .array(z.strictObject({ level: text, from: share }))
  .min(1)
  .refine(
    (levels) => levels.every(({ from }, at) => (at === 0 ? from === 0 : from > (levels[at - 1]?.from ?? 0))),
    {
      message: 'must begin at 0 and rise',
    },
  );

const fusionSchema = z
  .strictObject({
    /** Shares of the two probabilities of disease in the fused one. */
    tabularWeight: share,
    imageWeight: share,
    risk: riskSchema,
  })
  .refine(({ tabularWeight, imageWeight }) => Math.abs(tabularWeight + imageWeight - 1) < 1e-9, {
    message: 'weights must add up to 1',
  });

const imageCardSchema = z
  .strictObject({
    name: text,
    version: text,
    /** Share of the requests that name no version; absent = the standard version, which gets the rest. */
    traffic: z.number().min(0).max(1).optional(),
    title: text,
    description: text,
    kind: z.literal('onnx'),
    /** The graph's file name. */
    file: fileName,
    sha256,
    bytes: z.int().positive(),
    /** The graph's input. */
    input: text,
    /** What the graph's first output holds, one number for each class. */
    output: z.enum(['logits', 'probabilities']),
    preprocessing: preprocessingSchema,
    classes: z
      .array(classSchema)
      .min(2)
      .refine(
        (classes) => new Set(classes.map((one) => one.name)).size === classes.length,
        'names must differ',
      )
      .refine((classes) => new Set(classes.map((one) => one.diseased)).size === 2, 'must be of both kinds'),
    /** What the probability of disease is a probability of. */
    disease: text,
    /** Of the probability of disease. */
    risk: riskSchema,
    fusion: fusionSchema,
    /** True where the weights are not trained; every answer then says so. */
    demo: z.boolean(),
    /** How the graph of a demo model is made at first use. */
    generate: z
      .strictObject({ architecture: z.enum(['efficientnet-b0', 'resnet50']), seed: z.int() })
      .optional(),
    licence: text,
    intendedUse: text,
    limits: z.array(text).min(1),
    /** Written by `pillbox models pack`. */
    measured: z
      .strictObject({
        loadMs: z.number().min(0),
        peakMiB: z.number().positive(),
        limitMiB: z.number().positive().optional(),
        runMs: z.number().min(0).optional(),
        /** The graph as it was exported, which is loaded where the packed one does not suit. */
        plain: z.strictObject({ loadMs: z.number().min(0), peakMiB: z.number().positive() }).optional(),
      })
      .optional(),
    /** The first output for the probe (shared/images/pack-probe.ts), and how far another machine's may be from it. */
    knownAnswer: z
      .strictObject({ output: z.array(z.number()).min(1), tolerance: z.number().positive() })
      .optional(),
    packed: z
      .strictObject({
        file: fileName,
        format: text,
        sha256,
        bytes: z.int().positive(),
        cpuFlags: z.array(text),
        runtimeVersion: text,
      })
      .optional(),
  })
  .refine(({ generate, demo }) => generate === undefined || demo, {
    path: ['demo'],
    message: 'must be true: weights that are generated are not trained',
  });

export type ImageCard = z.infer<typeof imageCardSchema>;
export type ImagePreprocessing = ImageCard['preprocessing'];

/** Throws a TerminalError ('model-invalid') that names each key at fault. */
export function parseImageCard(raw: unknown): ImageCard {
  const parsed = imageCardSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const message = fields.map((field) => `${field.path}: ${field.message}`).join('; ');
  throw new TerminalError('model-invalid', `image card: ${message}`, { fields });
}
