/** Runs the conformance retry scenarios of Google's Node client, from a copy outside the project, against the local cloud. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { startCloudProcess } from '../../infra/local/cloud-process.ts';

/** Where the scenarios lie in a copy that was compiled, and in one that was put together by hand. */
const SCENARIO_FOLDERS = ['build/cjs/conformance-test/scenarios', 'conformance-test/scenarios'];
const MOCHA = 'node_modules/mocha/bin/_mocha';
/** Of one scenario; some wait through several back-offs of the client. */
const SCENARIO_LIMIT_MS = 20_000;
/** All of them take five minutes on a quiet machine. */
const RUN_LIMIT_MS = 30 * 60_000;

export const HOW_TO_FETCH =
  'git clone https://github.com/googleapis/nodejs-storage DIR && cd DIR && npm install --ignore-scripts && npm run compile:cjs';

const reportSchema = z.object({
  stats: z.object({ passes: z.int(), failures: z.int(), pending: z.int() }),
  failures: z.array(z.object({ fullTitle: z.string(), err: z.object({ message: z.string().default('') }) })),
});

export interface Conformance {
  readonly passed: number;
  readonly total: number;
  readonly failures: readonly { readonly title: string; readonly reason: string }[];
}

/**
 * @param clientDir a compiled copy of the client's repository, with its packages; nothing is written there.
 * @param grep a pattern that the titles of scenarios must match; absent = all.
 * Throws when the folder is no such copy, and when the run breaks off before its report.
 */
export async function runConformance(clientDir: string, grep?: string): Promise<Conformance> {
  const scenarios = SCENARIO_FOLDERS.map((folder) => join(clientDir, folder)).find((dir) => existsSync(dir));
  const mocha = join(clientDir, MOCHA);
  if (scenarios === undefined || !existsSync(mocha)) {
    throw new Error(`${clientDir} holds no compiled scenarios with their packages: ${HOW_TO_FETCH}`);
  }
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-conformance-'));
  const cloud = await startCloudProcess({ dir, port: 0, config: {}, onLine: () => {}, onDeath: () => {} });
  try {
    const report = join(dir, 'report.json');
    const words = [
      ...['--no-config', '--timeout', String(SCENARIO_LIMIT_MS)],
      ...['--reporter', 'json', '--reporter-option', `output=${report}`],
      ...(grep === undefined ? [] : ['--grep', grep]),
    ];
    await run([mocha, scenarios, ...words], clientDir, cloud.origin);
    return await readReport(report);
  } finally {
    await cloud.kill();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Its exit code counts failures, which the report tells better. */
async function run(args: readonly string[], cwd: string, origin: string): Promise<void> {
  const child = spawn(process.execPath, [...args], {
    cwd,
    // The scenarios append paths to the variable as it is.
    env: { ...process.env, STORAGE_EMULATOR_HOST: `${origin}/` },
    stdio: 'ignore',
    timeout: RUN_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  await once(child, 'close');
}

async function readReport(file: string): Promise<Conformance> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error('the scenarios broke off before their report', { cause });
  });
  const { stats, failures } = reportSchema.parse(JSON.parse(text));
  return {
    passed: stats.passes,
    // Not `stats.tests`: a scenario whose preparation failed is a failure there, and no test.
    total: stats.passes + stats.failures + stats.pending,
    failures: failures.map(({ fullTitle, err }) => ({ title: fullTitle, reason: err.message })),
  };
}
