/** What the image routes read from a request's head, and how they put their answers and refusals. */

import type { Context } from 'hono';
import { HttpProblem } from '../http/problem.ts';
import type { ImageResult } from './image-service.ts';

const EXPLAIN_VALUES: readonly string[] = ['true', 'false'];

export function imageJson({ answer, explanation }: ImageResult) {
  if (explanation === undefined) return answer;
  const { cells, png } = explanation;
  return {
    ...answer,
    explanation: {
      kind: 'occlusion',
      cells,
      overlay: { type: 'image/png', base64: Buffer.from(png).toString('base64') },
    },
  };
}

export function pngResponse(c: Context, { answer, explanation }: ImageResult): Response {
  const { model } = answer;
  return c.body(Uint8Array.from(explanation?.png ?? []), 200, {
    'content-type': 'image/png',
    'pillbox-model': `${model.name}/${model.version}; sha256=${model.sha256}; demo=${model.demo}`,
  });
}

export function wantsPng(c: Context): boolean {
  return /(^|,)\s*image\/png\b/.test(c.req.header('accept') ?? '');
}

export function wantsExplanation(c: Context): boolean {
  const value = c.req.query('explain') ?? 'false';
  if (EXPLAIN_VALUES.includes(value)) return value === 'true';
  throw new HttpProblem(400, 'query-invalid', 'Invalid query', { detail: 'explain must be true or false' });
}

export function imageMissing(): HttpProblem {
  return new HttpProblem(422, 'input-invalid', 'Invalid input', {
    detail: 'there is no picture in the body',
    errors: [{ path: 'image', message: 'is required: a JPEG, PNG, WebP or TIFF' }],
  });
}

export function fieldsUnknown(names: readonly string[]): HttpProblem {
  return new HttpProblem(422, 'input-invalid', 'Invalid input', {
    detail: 'this path takes a picture alone; /predict takes tabular fields as well',
    errors: names
      .slice(0, 16)
      .map((name) => ({ path: name.slice(0, 64), message: 'is not an input of this model' })),
  });
}

export function nothingSent(): HttpProblem {
  return new HttpProblem(422, 'input-invalid', 'Invalid input', {
    detail: 'send tabular fields, a picture as image, or both',
  });
}
