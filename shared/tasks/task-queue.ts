/** The port that hands work to another box: at-least-once HTTP delivery of small JSON bodies. */

/** Cloud Tasks accepts 100 KB a task; bodies here carry pointers, so anything near it is a mistake. */
export const MAX_TASK_BODY_BYTES = 16 * 1024;

export interface Task {
  /** The box that does the work; also the name of its queue. */
  readonly box: string;
  /** Path at that box, with its leading slash. */
  readonly path: string;
  /** Pointers, never data. Serialised as JSON; at most MAX_TASK_BODY_BYTES. */
  readonly body: unknown;
  /**
   * De-duplication key: a second task of the same key is not created while the queue remembers the name (about an
   * hour after it ran). Any string; adapters hash it, as sequential names make Cloud Tasks slow. An optimisation only.
   */
  readonly key?: string;
  /** Not before this time; absent = now. */
  readonly scheduleTime?: Date;
}

export interface TaskQueue {
  /** Throws a RetryableError ('tasks-unavailable') when the service does not answer; RangeError for a body too large. */
  enqueue(task: Task): Promise<'created' | 'already-exists'>;
}
