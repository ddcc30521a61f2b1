/** A task queue in memory, for unit tests: tasks wait in order until they are taken. */

import { MAX_TASK_BODY_BYTES, type Task, type TaskQueue } from './task-queue.ts';

export interface MemoryTaskQueue extends TaskQueue {
  /** Those not yet taken, oldest first. */
  readonly tasks: readonly Task[];
  /** Removes and returns the oldest; undefined when none waits. Schedule times are the caller's to keep. */
  take(): Task | undefined;
}

/** Names are remembered for good, and bodies are stored as JSON, so that what is taken is what would be sent. */
export function createMemoryQueue(): MemoryTaskQueue {
  const tasks: Task[] = [];
  const keys = new Set<string>();
  return {
    tasks,
    take: () => tasks.shift(),
    async enqueue(task) {
      const text = JSON.stringify(task.body);
      if (Buffer.byteLength(text) > MAX_TASK_BODY_BYTES) {
        throw new RangeError(`a task body may hold ${MAX_TASK_BODY_BYTES} bytes`);
      }
      if (task.key !== undefined) {
        const name = `${task.box}/${task.key}`;
        if (keys.has(name)) return 'already-exists';
        keys.add(name);
      }
      tasks.push({ ...task, body: JSON.parse(text) });
      return 'created';
    },
  };
}
