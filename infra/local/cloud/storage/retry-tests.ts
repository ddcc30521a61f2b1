/** Retry tests: a client announces which of its calls are to fail, and how, and asks later whether all have. */

import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ApiError, invalid } from './api-error.ts';
import { parseJson } from './object-metadata.ts';
import { type Fault, parseInstruction } from './retry-instruction.ts';

/** The oldest is forgotten beyond this: clients do not always delete what they announced. */
const MAX_TESTS = 4096;

const bodySchema = z.object({
  instructions: z.record(z.string(), z.array(z.string()).max(1000)),
  transport: z.literal('HTTP').optional(),
});

/** A failure that is due: it counts as done once `consume` was called. */
export interface DueFault {
  readonly fault: Fault;
  consume(): void;
}

export interface RetryTests {
  /** Takes the JSON body of the announcement. Throws an ApiError (400) for what is not known. */
  create(body: string): object;
  /** Throws an ApiError (404). */
  show(id: string): object;
  /** Throws an ApiError (404). */
  delete(id: string): void;
  all(): object[];
  /** The next failure of the test for calls of `method`. Throws an ApiError (404) for a test that is not known. */
  next(id: string, method: string): DueFault | undefined;
}

/** @param isMethod whether an operation of that name exists. */
export function createRetryTests(isMethod: (method: string) => boolean): RetryTests {
  const tests = new Map<string, Map<string, string[]>>();

  function require(id: string): Map<string, string[]> {
    const test = tests.get(id);
    if (test === undefined)
      throw new ApiError(404, 'notFound', `There is no retry test ${JSON.stringify(id)}.`);
    return test;
  }

  const show = (id: string) => {
    const instructions = require(id);
    const completed = [...instructions.values()].every((left) => left.length === 0);
    return { id, instructions: Object.fromEntries(instructions), transport: 'HTTP', completed };
  };

  return {
    create(body) {
      const { instructions } = parseJson(bodySchema, body);
      for (const [method, steps] of Object.entries(instructions)) {
        if (!isMethod(method)) throw invalid(`instructions: ${method} is no method of this server.`);
        const unknown = steps.find((step) => parseInstruction(step) === undefined);
        if (unknown !== undefined)
          throw invalid(`instructions.${method}: ${unknown} is not known over HTTP.`);
      }
      const [oldest] = tests.keys();
      if (tests.size >= MAX_TESTS && oldest !== undefined) tests.delete(oldest);
      const id = randomUUID().replaceAll('-', '');
      tests.set(id, new Map(Object.entries(instructions)));
      return show(id);
    },
    show,
    delete(id) {
      require(id);
      tests.delete(id);
    },
    all: () => [...tests.keys()].map(show),
    next(id, method) {
      const left = require(id).get(method);
      const fault = left?.[0] === undefined ? undefined : parseInstruction(left[0]);
      return fault && { fault, consume: () => void left?.shift() };
    },
  };
}
