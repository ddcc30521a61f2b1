/** What an uploader may say of an object: the writable fields of the object resource, and checksums to hold it to. */

import * as z from 'zod';
import { encodeCrc32c } from '../../../../shared/storage/crc32c.ts';
import { ApiError, invalid } from './api-error.ts';
import type { Checksums } from './checksum.ts';
import { isJsonObject, type JsonObject, mergePatch } from './merge-patch.ts';

/** Text that can be the value of a header: a download sends these fields back as such. */
const headerSchema = z.string().refine((text) => !/\p{Cc}/u.test(text), 'has control characters');

/** A name for a price: it changes nothing here. */
const STORAGE_CLASSES = [
  'STANDARD',
  'NEARLINE',
  'COLDLINE',
  'ARCHIVE',
  'MULTI_REGIONAL',
  'REGIONAL',
  'DURABLE_REDUCED_AVAILABILITY',
] as const;

const metadataSchema = z.object({
  contentType: headerSchema.optional(),
  contentEncoding: headerSchema.optional(),
  contentDisposition: headerSchema.optional(),
  contentLanguage: headerSchema.optional(),
  cacheControl: headerSchema.optional(),
  storageClass: z.enum(STORAGE_CLASSES).optional(),
  temporaryHold: z.boolean().optional(),
  eventBasedHold: z.boolean().optional(),
  customTime: z.iso.datetime({ offset: true }).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});

const uploadSchema = z.object({
  ...metadataSchema.shape,
  name: z.string().optional(),
  crc32c: z.string().optional(),
  md5Hash: z.string().optional(),
});

export type ObjectMetadata = z.infer<typeof metadataSchema>;
export type UploadRequest = z.infer<typeof uploadSchema>;

/**
 * Parses a JSON object resource: fields not known here are let pass, and null is as good as absent. Throws an ApiError
 * (400) that names the fields.
 */
export function parseUploadRequest(json: string): UploadRequest {
  return parse(uploadSchema, mergePatch({}, parseJsonObject(json)));
}

/** The metadata alone. Throws an ApiError (400) that names the fields at fault. */
export function metadataOf(described: unknown): ObjectMetadata {
  return parse(metadataSchema, described);
}

/** Throws an ApiError (400) when the bytes received are not those that the uploader announced. */
export function checkAnnounced(
  announced: Pick<UploadRequest, 'crc32c' | 'md5Hash'>,
  actual: Checksums,
): void {
  const crc32c = encodeCrc32c(actual.crc32c);
  for (const [name, wanted, found] of [
    ['CRC32C', announced.crc32c, crc32c],
    ['MD5 hash', announced.md5Hash, actual.md5],
  ]) {
    if (wanted === undefined || wanted === found) continue;
    throw new ApiError(
      400,
      'invalid',
      `Provided ${name} "${wanted}" doesn't match calculated ${name} "${found}".`,
    );
  }
}

/** Throws an ApiError (400) for text that is no JSON object; an empty body is an empty object. */
export function parseJsonObject(json: string): JsonObject {
  const value: unknown = parseJson(z.unknown(), json);
  if (!isJsonObject(value)) throw invalid('The body must be a JSON object.');
  return value;
}

/** Throws an ApiError (400) for text that is not JSON or not of the schema; an empty body is an empty object. */
export function parseJson<T>(schema: z.ZodType<T>, json: string): T {
  let value: unknown;
  try {
    value = json.trim() === '' ? {} : JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ApiError(400, 'parseError', 'Parse Error');
    throw error;
  }
  return parse(schema, value);
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new ApiError(400, 'invalid', fields.join('; '));
}
