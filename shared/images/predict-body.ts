/** What was sent to be predicted: a picture, tabular fields, or both, as an image, a form or JSON. */

import * as z from 'zod';
import { HttpProblem } from '../http/problem.ts';
import { readParts } from './multipart.ts';
import { freeUpload, readUpload, type UploadOptions } from './read-upload.ts';

/** A picture in JSON is in memory three times over, as text, as base64 and as bytes. */
export const JSON_LIMIT_BYTES = 6 * 1024 * 1024;
const FIELD_LIMIT_BYTES = 4096;
const TABULAR_PART_LIMIT_BYTES = 64 * 1024;

export interface PredictBody {
  /** May be a view of `upload`. */
  readonly image: Uint8Array | undefined;
  /** Unchecked, as the tabular model's own route takes it. */
  readonly tabular: Readonly<Record<string, unknown>> | undefined;
  /** Gives the body's memory back; `image` is empty afterwards. */
  free(): void;
}

const jsonSchema = z.strictObject({
  tabular: z.record(z.string(), z.unknown()).optional(),
  image: z.base64().min(1).optional(),
});
const rowSchema = z.record(z.string(), z.unknown());

/**
 * Throws HttpProblem 400, 408, 413, 415 or 422 that says what is wrong with the body.
 *
 * @param makeRoom as `readUpload` asks for it
 */
export async function readPredictBody(
  request: Request,
  makeRoom?: UploadOptions['makeRoom'],
): Promise<PredictBody> {
  const contentType = request.headers.get('content-type') ?? '';
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'multipart/form-data') return formBody(await readUpload(request, { makeRoom }), contentType);
  if (type === 'application/json') {
    return jsonBody(await readUpload(request, { limitBytes: JSON_LIMIT_BYTES, makeRoom }));
  }
  if (type.startsWith('image/') || type === 'application/octet-stream') {
    const upload = await readUpload(request, { makeRoom });
    return { image: upload, tabular: undefined, free: () => freeUpload(upload) };
  }
  throw new HttpProblem(415, 'unsupported-media-type', 'Unsupported media type', {
    detail: 'content-type must be multipart/form-data, application/json, or that of an image',
  });
}

/** The part `image` is the picture, the part `tabular` holds all fields as JSON, any other part is one field. */
function formBody(upload: Uint8Array<ArrayBuffer>, contentType: string): PredictBody {
  let image: Uint8Array | undefined;
  const fields: [string, unknown][] = [];
  for (const { name, bytes } of readParts(upload, contentType)) {
    if (name === 'image') {
      if (image !== undefined) throw invalid('image', 'occurs twice');
      image = bytes;
    } else if (name === 'tabular') {
      fields.push(...Object.entries(tabularPart(bytes)));
    } else {
      if (bytes.byteLength > FIELD_LIMIT_BYTES) {
        throw invalid(
          '',
          `a field holds more than ${FIELD_LIMIT_BYTES} bytes; the picture's is called image`,
        );
      }
      fields.push([name, fieldValue(new TextDecoder().decode(bytes))]);
    }
  }
  const tabular = fields.length === 0 ? undefined : oneRecord(Object.fromEntries(fields));
  return { image, tabular, free: () => freeUpload(upload) };
}

function jsonBody(upload: Uint8Array<ArrayBuffer>): PredictBody {
  const parsed = jsonSchema.safeParse(parseJson(upload));
  freeUpload(upload);
  if (!parsed.success) {
    const paths = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0] ?? '')))];
    throw new HttpProblem(422, 'input-invalid', 'Invalid input', {
      detail: 'the body must be an object with tabular, image, or both',
      errors: paths.map((path) => ({
        path,
        message:
          path === 'image' ? 'must be base64 text' : 'must be an object; only tabular and image are known',
      })),
    });
  }
  const { image } = parsed.data;
  const tabular = parsed.data.tabular === undefined ? undefined : oneRecord(parsed.data.tabular);
  return { image: image === undefined ? undefined : Buffer.from(image, 'base64'), tabular, free: () => {} };
}

function tabularPart(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.byteLength > TABULAR_PART_LIMIT_BYTES) {
    throw invalid('tabular', `holds more than ${TABULAR_PART_LIMIT_BYTES} bytes`);
  }
  const row = rowSchema.safeParse(parseJson(bytes));
  if (!row.success) throw invalid('tabular', 'must be a JSON object');
  return row.data;
}

/** The tabular model's own route takes this key for a batch, and a picture belongs to one record. */
function oneRecord(tabular: Record<string, unknown>): Record<string, unknown> {
  if (Object.hasOwn(tabular, 'rows')) throw invalid('tabular.rows', 'is a batch: /tabular takes it');
  return tabular;
}

/** A form knows text alone: what reads as a number is one, and an empty field was not measured. */
function fieldValue(text: string): string | number | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed) ? Number(trimmed) : trimmed;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new HttpProblem(400, 'not-json', 'Not JSON', {
      detail: 'what was sent as JSON is not valid UTF-8 JSON',
    });
  }
}

function invalid(path: string, message: string): HttpProblem {
  return new HttpProblem(422, 'input-invalid', 'Invalid input', {
    detail: 'the body is not a valid input',
    errors: [{ path, message }],
  });
}
