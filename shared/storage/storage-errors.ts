/** The answers of an object store that callers act on. */

export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError';
  readonly objectName: string;

  constructor(objectName: string, options?: ErrorOptions) {
    super(`object not found: ${objectName}`, options);
    this.objectName = objectName;
  }
}

export class PreconditionFailedError extends Error {
  override readonly name = 'PreconditionFailedError';
  readonly objectName: string;

  constructor(objectName: string, options?: ErrorOptions) {
    super(`precondition failed: ${objectName}`, options);
    this.objectName = objectName;
  }
}

/** Asked again, the store would say the same: the caller may not, or what is asked for cannot be. */
export class StorageRefusedError extends Error {
  override readonly name = 'StorageRefusedError';
  readonly objectName: string;
  /** HTTP status of the answer. */
  readonly status: number;

  constructor(objectName: string, status: number, options?: ErrorOptions) {
    super(`storage refused ${objectName} (${status})`, options);
    this.objectName = objectName;
    this.status = status;
  }
}
