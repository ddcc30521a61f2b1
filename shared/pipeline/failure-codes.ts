/** Why a record is left out of the output: the closed list of codes in `failures.jsonl`. */

export const FAILURE_CODES = [
  'line-not-json',
  'line-invalid',
  'line-too-long',
  'image-name-invalid',
  'image-missing',
  'image-refused',
  'image-too-large',
  'image-corrupt',
  'report-name-invalid',
  'report-missing',
  'report-refused',
  'report-too-large',
  'report-not-text',
  'split-missing',
] as const;

export type FailureCode = (typeof FAILURE_CODES)[number];
