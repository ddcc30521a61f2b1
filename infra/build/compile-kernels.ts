/** Writes the modules that are compiled from AssemblyScript: `npm run kernels`. */

import { writeFile } from 'node:fs/promises';
import { compileKernels } from './kernels.ts';

for (const { path, text } of await compileKernels()) await writeFile(path, text);
