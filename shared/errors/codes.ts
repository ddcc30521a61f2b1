/** The closed list of error codes: what a caller, a failure line or a task outcome may name. */

/** Never worth a retry: the same input fails the same way. */
export const TERMINAL_CODES = [
  'job-invalid',
  'outputs-exist',
  'manifest-missing',
  'manifest-refused',
  'manifest-empty',
  'input-missing',
  'input-refused',
  'table-missing',
  'table-refused',
  'table-invalid',
  'table-too-large',
  'partition-too-large',
  'join-empty',
  'shard-empty',
  'stalled',
  'given-up',
  'part-differs',
  'part-missing',
  'counts-differ',
  'splits-overlap',
  'task-body-invalid',
  'task-too-large',
  'model-invalid',
  'model-mismatch',
  'knowledge-invalid',
  'tokenizer-invalid',
  'not-configured',
] as const;

/** Worth a retry: the cause lies outside the input. */
export const RETRYABLE_CODES = [
  'storage-unavailable',
  'tasks-unavailable',
  'overloaded',
  'stage-incomplete',
] as const;

export type TerminalCode = (typeof TERMINAL_CODES)[number];
export type RetryableCode = (typeof RETRYABLE_CODES)[number];
