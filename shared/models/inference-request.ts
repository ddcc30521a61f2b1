/** The body of an inference request (Open Inference Protocol v2) as records: tensors checked and laid out by row. */

import * as z from 'zod';
import { HttpProblem } from '../http/problem.ts';
import type { ModelCard, ModelInput } from './model-card.ts';
import { MAX_BATCH_ROWS } from './tabular-predictor.ts';

/** One tensor with a column for each input, in the card's order, instead of one tensor an input. */
const WHOLE = 'features';

const cell = z.union([z.number(), z.string(), z.boolean(), z.null()]);
const tensorSchema = z.object({
  name: z.string(),
  datatype: z.enum(['FP32', 'FP64', 'INT8', 'INT16', 'INT32', 'INT64', 'UINT8', 'UINT16', 'UINT32', 'BYTES']),
  shape: z.array(z.int().min(0)).min(1).max(2),
  /** Flat, or a list for each row. */
  data: z.array(z.union([cell, z.array(cell)])).max(MAX_BATCH_ROWS * 1024),
});
const requestSchema = z.object({
  id: z.string().max(128).optional(),
  inputs: z.array(tensorSchema).min(1).max(1024),
  outputs: z.array(z.object({ name: z.string() })).optional(),
});

type Tensor = z.infer<typeof tensorSchema>;
type Cell = z.infer<typeof cell>;

export interface InferenceRequest {
  readonly id: string | undefined;
  /** One record for each row, still to be checked against the card. */
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  /** Names of the tensors to answer with. */
  readonly outputs: readonly string[];
}

/** What the metadata lists. A single tensor `features` of shape [rows, inputs] is accepted as well. */
export function inputTensors(card: ModelCard) {
  return card.inputs.map((input) => ({ name: input.name, datatype: datatypeOf(input), shape: [-1] }));
}

/** Throws HttpProblem 400 that names the tensor and what it should be, never a value. */
export function readInference(card: ModelCard, body: unknown, known: readonly string[]): InferenceRequest {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) {
    const at = parsed.error.issues[0]?.path.join('.') ?? '';
    throw bad(`the request is not of the protocol${at === '' ? '' : ` at ${at}`}`);
  }
  const { id, inputs, outputs } = parsed.data;
  const asked = outputs?.map((output) => output.name) ?? known.filter((name) => name !== 'contributions');
  if (asked.some((name) => !known.includes(name)) || new Set(asked).size !== asked.length) {
    throw bad(`outputs must be of ${known.join(', ')}, each once`);
  }
  return { id, rows: toRecords(card, inputs), outputs: asked };
}

function toRecords(card: ModelCard, tensors: readonly Tensor[]): Record<string, Cell>[] {
  const names = card.inputs.map((input) => input.name);
  const [first] = tensors;
  if (first?.name === WHOLE && tensors.length === 1) {
    const cells = cellsOf(first, WHOLE, names.length);
    return Array.from({ length: cells.length / names.length }, (_, row) =>
      Object.fromEntries(names.map((name, at) => [name, cells[row * names.length + at] ?? null])),
    );
  }
  const columns = new Map<string, readonly Cell[]>();
  for (const tensor of tensors) {
    if (!names.includes(tensor.name)) throw bad(`inputs must be ${WHOLE} alone, or of ${names.join(', ')}`);
    if (columns.has(tensor.name)) throw bad(`the tensor ${tensor.name} is there twice`);
    columns.set(tensor.name, cellsOf(tensor, tensor.name, 1));
  }
  const sizes = new Set([...columns.values()].map((column) => column.length));
  const [size = 0] = sizes;
  if (sizes.size !== 1) throw bad('all tensors must have the same number of rows');
  return Array.from({ length: size }, (_, row) =>
    Object.fromEntries([...columns].map(([name, column]) => [name, column[row] ?? null])),
  );
}

/** The tensor's cells by row, if its shape is that of `width` columns and its data are of its type. */
function cellsOf(tensor: Tensor, name: string, width: number): Cell[] {
  const [rows = 0, columns = 1] = tensor.shape;
  const shape = width === 1 ? '[rows] or [rows, 1]' : `[rows, ${width}]`;
  if (columns !== width || rows < 1 || rows > MAX_BATCH_ROWS) {
    throw bad(`the tensor ${name} must have the shape ${shape} with 1 to ${MAX_BATCH_ROWS} rows`);
  }
  const cells = tensor.data.flat();
  if (cells.length !== rows * width)
    throw bad(`the tensor ${name} must hold as many cells as its shape says, ${rows * width}`);
  const wanted = tensor.datatype === 'BYTES' ? 'string' : 'number';
  if (cells.some((one) => one !== null && typeof one !== wanted)) {
    throw bad(`the data of the tensor ${name} must be of ${tensor.datatype}, or null where not measured`);
  }
  return cells;
}

function datatypeOf(input: ModelInput): string {
  if (input.type === 'category') return 'BYTES';
  return input.type === 'integer' ? 'INT64' : 'FP64';
}

function bad(detail: string): HttpProblem {
  return new HttpProblem(400, 'input-invalid', 'Invalid input', { detail });
}
