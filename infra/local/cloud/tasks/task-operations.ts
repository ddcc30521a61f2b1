/** What the Cloud Tasks API does with tasks: create, get, list, delete, run. */

import * as z from 'zod';
import { describeIssues, invalidArgument, noSuchTask, TasksError } from './api-error.ts';
import { enumSchema, TASK_VIEWS } from './enums.ts';
import { parseNewTask } from './new-task.ts';
import { type TaskView, toTaskResource } from './task-resource.ts';
import type { StoredTask } from './task-row.ts';
import { pageOf, pageTokenAfter, requireQueue, type TasksCall, type TasksContext } from './tasks-call.ts';

const MAX_PAGE = 1000;

const viewSchema = z.object({ responseView: enumSchema(TASK_VIEWS).prefault('BASIC') });

/** GET and POST on the collection. Undefined for another method. */
export function operateOnTasks(context: TasksContext, queue: string, call: TasksCall): object | undefined {
  if (call.method === 'POST') return createTask(context, queue, call);
  if (call.method === 'GET') return listTasks(context, queue, call);
  return undefined;
}

/** Undefined for a method or verb that the API does not have here. */
export function operateOnTask(
  context: TasksContext,
  { queue, id, verb }: { queue: string; id: string; verb: string | undefined },
  call: TasksCall,
): object | undefined {
  const { tasks, clock } = context;
  const { dispatcher } = requireQueue(context, queue);
  switch (`${call.method} ${verb ?? ''}`) {
    case 'GET ':
      return toTaskResource(requireTask(context, queue, id), viewOf(fromQuery(call)), call.enums);
    case 'DELETE ':
      if (!tasks.remove(queue, id, clock.now())) throw noSuchTask();
      return {};
    case 'POST run':
      requireTask(context, queue, id);
      // As Cloud Tasks, whatever the limits say, and also while it is under way.
      dispatcher.run(id);
      return toTaskResource(requireTask(context, queue, id), viewOf(call.body ?? {}), call.enums);
    default:
      return undefined;
  }
}

function createTask(context: TasksContext, queue: string, { body, enums }: TasksCall): object {
  const { tasks, clock } = context;
  const { dispatcher } = requireQueue(context, queue);
  const nowMs = clock.now();
  const { task, view } = parseNewTask(queue, body, nowMs);
  const stored = tasks.insert(task, nowMs);
  if (stored === undefined) {
    throw new TasksError('ALREADY_EXISTS', 'A task of this name exists, or existed within the last hour.');
  }
  dispatcher.wake();
  return toTaskResource(stored, view, enums);
}

function listTasks(context: TasksContext, queue: string, call: TasksCall): object {
  requireQueue(context, queue);
  const { afterId, limit } = pageOf(call.query, MAX_PAGE);
  const view = viewOf(fromQuery(call));
  const page = context.tasks.page(queue, afterId, limit);
  const last = page.at(-1);
  return {
    tasks: page.map((task) => toTaskResource(task, view, call.enums)),
    ...(last !== undefined && page.length === limit && { nextPageToken: pageTokenAfter(last.id) }),
  };
}

function requireTask({ tasks }: TasksContext, queue: string, id: string): StoredTask {
  const task = tasks.get(queue, id);
  if (task === undefined) throw noSuchTask();
  return task;
}

function fromQuery({ query }: TasksCall): unknown {
  return { responseView: query.get('responseView') ?? undefined };
}

function viewOf(request: unknown): TaskView {
  const parsed = viewSchema.safeParse(request);
  if (!parsed.success) throw invalidArgument(describeIssues(parsed.error));
  return parsed.data.responseView;
}
