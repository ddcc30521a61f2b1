/** A line of a manifest: what is known of one record, with its image and report named, not held. */

import * as z from 'zod';
import { CHEXPERT_LABELS } from './chexpert-labels.ts';
import { SPLITS } from './split.ts';

/** Of the name of an object, and of what precedes it. */
export const OBJECT_NAME_CHARS = 1_300;

const id = z.union([z.string().min(1).max(200), z.int()]);
const text = z.string().max(2_000).nullable();
/** As long as Cloud Storage allows. */
const objectName = z.string().min(1).max(OBJECT_NAME_CHARS);

export const recordLineSchema = z
  .strictObject({
    subject_id: id,
    study_id: id,
    stay_id: id.optional(),
    /** `gs://bucket/name`, or relative to the folder of the manifest. */
    image: objectName,
    /** Position of the patient before the camera: `PA`, `AP`, … */
    view: z.string().max(40).optional(),
    /** The text itself; or its object, named as the image is. */
    report: z.string().optional(),
    report_object: objectName.optional(),
    demographics: z
      .strictObject({
        gender: text.optional(),
        race: text.optional(),
        arrival_transport: text.optional(),
      })
      .optional(),
    chief_complaint: text.optional(),
    /** By the name of the feature; null = not measured. See clinical-features.ts for the names that have a place in clinical.npy. */
    clinical: z.record(z.string().min(1), z.number().nullable()),
    /** 1 positive, 0 negative, -1 uncertain, null not mentioned. */
    labels: z.partialRecord(z.enum(CHEXPERT_LABELS), z.literal([1, 0, -1]).nullable()).optional(),
    /** From arrival to the study; negative before it. */
    hours_since_arrival: z.number().optional(),
    /** For jobs that split by what the line says. */
    split: z.enum(SPLITS).optional(),
    /** The same in all lines of a subject. */
    stratum: z.string().max(200).optional(),
  })
  .refine((line) => (line.report === undefined) !== (line.report_object === undefined), {
    path: ['report'],
    message: 'either report or report_object is needed',
  });

export type RecordLine = z.infer<typeof recordLineSchema>;
