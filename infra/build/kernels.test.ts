import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileKernels } from './kernels.ts';

test('what is generated is what the sources of now compile to', async () => {
  const generated = await compileKernels();
  expect(generated).toHaveLength(2);
  for (const { path, text } of generated) {
    expect(text === readFileSync(path, 'utf8'), `${path} is old: npm run kernels`).toBe(true);
  }
});
