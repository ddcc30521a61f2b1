/** The two answers of an object store that callers act on. */

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
