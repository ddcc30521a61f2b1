/** A request body checked against a card's inputs and turned into the model's row; its JSON Schema comes from the same place. */

import * as z from 'zod';
import type { FieldProblem } from '../errors/terminal-error.ts';
import { HttpProblem } from '../http/problem.ts';
import type { ModelCard, ModelInput } from './model-card.ts';

/** Names that a caller made up are cut here in the answer. */
const MAX_NAME_CHARS = 64;
/** Entries of one answer: a batch of 256 bad rows has thousands. */
const MAX_ERRORS = 100;

export interface TabularRow {
  /** One float32 for each input, in the card's order; NaN = missing. */
  readonly values: Float32Array<ArrayBuffer>;
  /** Names of the inputs that are missing. */
  readonly missing: readonly string[];
}

export interface TabularInput {
  /** JSON Schema (2020-12) of the body. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
  /** Throws HttpProblem 422 ('input-invalid') with one entry for each field at fault, never with its value. */
  toRow(body: unknown): TabularRow;
  /** The same for many bodies; the entries name `rows[i].field`, at most 100 of them. */
  toRows(bodies: readonly unknown[]): TabularRow[];
}

type Cell = number | string | null | undefined;

export function createTabularInput(card: ModelCard): TabularInput {
  const schema = z.strictObject(
    Object.fromEntries(card.inputs.map((input) => [input.name, cellSchema(input)])),
  );
  const read = (body: unknown): TabularRow | FieldProblem[] => {
    const parsed = schema.safeParse(body);
    if (!parsed.success) return fieldProblems(parsed.error, body, card.inputs);
    const cells = parsed.data;
    const values = Float32Array.from(card.inputs, (input) => toNumber(input, cells[input.name]));
    const missing = card.inputs.filter((_, at) => Number.isNaN(values[at])).map((input) => input.name);
    return { values, missing };
  };
  return {
    jsonSchema: z.toJSONSchema(schema),
    toRow(body) {
      const row = read(body);
      if (Array.isArray(row)) throw invalid(card, 'the body is not a valid input', row);
      return row;
    },
    toRows(bodies) {
      const rows = bodies.map(read);
      const errors = rows.flatMap((row, at) =>
        Array.isArray(row) ? row.map((one) => ({ ...one, path: rowPath(at, one.path) })) : [],
      );
      if (errors.length > 0) throw invalid(card, 'some rows are not a valid input', errors);
      return rows.flatMap((row) => (Array.isArray(row) ? [] : [row]));
    },
  };
}

function rowPath(at: number, path: string): string {
  return path === '' ? `rows[${at}]` : `rows[${at}].${path}`;
}

function invalid(card: ModelCard, what: string, errors: readonly FieldProblem[]): HttpProblem {
  const more = errors.length > MAX_ERRORS ? ` (the first ${MAX_ERRORS} of ${errors.length} problems)` : '';
  return new HttpProblem(422, 'input-invalid', 'Invalid input', {
    detail: `${what} of ${card.name}${more}`,
    errors: errors.slice(0, MAX_ERRORS),
  });
}

function cellSchema(input: ModelInput): z.ZodType<Cell> {
  const accepted: z.ZodType<Cell>[] = [valueSchema(input)];
  if (input.type !== 'category' && input.zeroMeansMissing) accepted.push(z.literal(0));
  if (!input.required) accepted.push(z.null());
  const cell = accepted.length === 1 ? valueSchema(input) : z.union(accepted);
  const documented = cell.meta({
    title: input.title,
    description: `${input.description} ${capital(expectation(input))}.`,
    ...(input.type === 'category' ? {} : { 'x-unit': input.unit }),
  });
  return input.required ? documented : documented.optional();
}

function valueSchema(input: ModelInput): z.ZodType<Cell> {
  if (input.type === 'number') return z.number().min(input.min).max(input.max);
  if (input.type === 'integer') return z.int().min(input.min).max(input.max);
  return z.literal(
    input.categories.flatMap((category): (string | number)[] => [category.name, category.code]),
  );
}

function toNumber(input: ModelInput, cell: Cell): number {
  if (cell === null || cell === undefined) return Number.NaN;
  if (input.type !== 'category') return input.zeroMeansMissing && cell === 0 ? Number.NaN : Number(cell);
  const found = input.categories.find((category) => category.name === cell || category.code === cell);
  return found?.code ?? Number.NaN;
}

/** One entry a field, in the card's order, then the fields that the card does not know. */
function fieldProblems(error: z.ZodError, body: unknown, inputs: readonly ModelInput[]): FieldProblem[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return [{ path: '', message: 'must be a JSON object whose keys are the names of the inputs' }];
  }
  const wrong = new Set(error.issues.map((issue) => issue.path[0]));
  const unknown = error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  const cells = new Map<string, unknown>(Object.entries(body));
  return [
    ...inputs
      .filter((input) => wrong.has(input.name))
      .map((input) => ({ path: input.name, message: fault(input, cells.get(input.name)) })),
    ...unknown.map((name) => ({
      path: name.length > MAX_NAME_CHARS ? `${name.slice(0, MAX_NAME_CHARS)}…` : name,
      message: `is not an input of this model; the inputs are ${inputs.map((input) => input.name).join(', ')}`,
    })),
  ];
}

function fault(input: ModelInput, cell: unknown): string {
  const expected = expectation(input);
  if (cell === undefined || cell === null) return `is required: ${expected}`;
  if (input.type === 'category') return `is none of its categories: ${expected}`;
  if (typeof cell !== 'number') return `has the wrong type: ${expected}`;
  const whole = input.type !== 'integer' || Number.isInteger(cell);
  return `${whole ? 'is out of range' : 'is not a whole number'}: ${expected}`;
}

/** What a field takes, in words: "a number from 30 to 600 mg/dL". */
function expectation(input: ModelInput): string {
  const absent = input.required ? '' : ', or null where it was not measured';
  if (input.type === 'category') {
    const choices = input.categories.map(({ name, code }) => `"${name}" (or ${code})`);
    return `one of ${choices.join(', ')}${absent}`;
  }
  const kind = input.type === 'integer' ? 'a whole number' : 'a number';
  const zero = input.zeroMeansMissing ? ' (0 counts as not measured)' : '';
  return `${kind} from ${input.min} to ${input.max} ${input.unit}${zero}${absent}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
