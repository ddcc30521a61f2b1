/** The functions of the project, read off their folders: who exists, where its entry is, what it may use. */

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FieldProblem, TerminalError } from '../../shared/errors/terminal-error.ts';
import { type FunctionConfig, functionConfigSchema } from './function-config.ts';

export interface RegisteredFunction {
  /** The folder's name; also the name of its queue, its service and its path at the supervisor. */
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  /** Absolute path of node.ts. */
  readonly entry: string;
  readonly config: FunctionConfig;
  /** Absolute path of worker.ts, where the function has an edge Worker. */
  readonly worker: string | undefined;
}

const NAME = /^[a-z][a-z0-9-]{0,48}$/;

/**
 * Every folder of `<root>/functions`, in the order of their names. Throws a TerminalError ('not-configured') that
 * names each file and field at fault, of all functions at once.
 */
export async function loadFunctions(root: string): Promise<RegisteredFunction[]> {
  const parent = join(root, 'functions');
  const entries = await readdir(parent, { withFileTypes: true }).catch((cause: unknown) => {
    throw new TerminalError('not-configured', `no folder ${parent}`, { cause });
  });
  const names = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((e) => e.name);
  const problems: FieldProblem[] = [];
  const functions = await Promise.all(names.sort().map((name) => loadFunction(parent, name, problems)));
  if (problems.length > 0) {
    const message = problems.map((problem) => `${problem.path}: ${problem.message}`).join('; ');
    throw new TerminalError('not-configured', message, { fields: problems });
  }
  return functions.filter((fn) => fn !== undefined);
}

async function loadFunction(
  parent: string,
  name: string,
  problems: FieldProblem[],
): Promise<RegisteredFunction | undefined> {
  const folder = join(parent, name);
  const blame = (file: string, message: string) =>
    problems.push({ path: `functions/${name}${file}`, message });
  if (!NAME.test(name)) blame('', 'a function is named in lower case letters, digits and dashes');
  const entry = join(folder, 'node.ts');
  if (!existsSync(entry)) blame('/node.ts', 'is missing');
  const config = await readConfig(join(folder, 'function.json'), (message) =>
    blame('/function.json', message),
  );
  const worker = existsSync(join(folder, 'worker.ts')) ? join(folder, 'worker.ts') : undefined;
  const wantsEdge = config?.triggers.some((trigger) => trigger.kind === 'http' && trigger.edge) ?? false;
  if (config !== undefined && wantsEdge !== (worker !== undefined)) {
    blame(
      '/worker.ts',
      wantsEdge ? 'is missing, and function.json has an edge' : 'is there, without an edge in function.json',
    );
  }
  return config === undefined ? undefined : { name, folder, entry, config, worker };
}

async function readConfig(
  file: string,
  blame: (message: string) => void,
): Promise<FunctionConfig | undefined> {
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    blame(error instanceof SyntaxError ? 'is not JSON' : 'is missing');
    return undefined;
  }
  const parsed = functionConfigSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) blame(`${issue.path.join('.') || 'the whole'}: ${issue.message}`);
  return undefined;
}
