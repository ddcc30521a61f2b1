/** Compiles the inner loops that are written in AssemblyScript to WebAssembly, as text that a bundle takes along. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';

const ROOT = join(import.meta.dirname, '..', '..');

interface KernelModule {
  /** AssemblyScript; what it exports, the module exports. */
  readonly source: string;
  /** Of the module's memory, which does not grow: of 64 KiB. */
  readonly pages: number;
  /** What is generated from it. */
  readonly file: string;
}

const KERNEL_MODULES: readonly KernelModule[] = [
  {
    source: 'functions/shard/kernels/mask.ts',
    pages: 3,
    file: 'functions/shard/mask/row-kernels.generated.ts',
  },
  {
    source: 'functions/shard/kernels/png.ts',
    pages: 6,
    file: 'functions/shard/encode/png-kernels.generated.ts',
  },
];

/** Nothing but the functions: the sources allocate nothing, so that no runtime and no checks are needed. */
const OPTIONS = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd'];

export interface GeneratedFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** The same bytes on every machine. Throws an Error that has the compiler's messages. */
export async function compileKernels(): Promise<GeneratedFile[]> {
  const generated: GeneratedFile[] = [];
  for (const module of KERNEL_MODULES) {
    const text = generatedText(module.source, await compileModule(module));
    generated.push({ path: join(ROOT, module.file), text });
  }
  return generated;
}

async function compileModule({ source, pages }: KernelModule): Promise<Uint8Array> {
  const memory = ['--initialMemory', `${pages}`, '--maximumMemory', `${pages}`];
  let compiled: Uint8Array | undefined;
  const { error, stderr } = await asc.main([source, '--outFile', 'compiled', ...OPTIONS, ...memory], {
    readFile: (path) => readFile(join(ROOT, path), 'utf8').catch(() => null),
    writeFile: (_path, contents) => {
      if (typeof contents !== 'string') compiled = contents;
    },
    listFiles: () => [],
  });
  const messages = stderr.toString();
  if (error !== null || messages !== '' || compiled === undefined) {
    throw new Error(`${source} does not compile: ${messages}`, { cause: error });
  }
  return compiled;
}

function generatedText(source: string, compiled: Uint8Array): string {
  return [
    `/** Generated from ${source} by \`npm run kernels\`: a WebAssembly module, in base64. */`,
    '',
    'export const WEBASSEMBLY_BASE64 =',
    `  '${Buffer.from(compiled).toString('base64')}';`,
    '',
  ].join('\n');
}
