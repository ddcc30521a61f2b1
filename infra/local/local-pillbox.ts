/** The whole of Pillbox on one machine: the local cloud, the supervisor of the boxes, and the edge. */

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { readBoxEnvironment } from '../../shared/box/box-environment.ts';
import { prepareImageModels } from '../../shared/images/prepare-models.ts';
import { loadFunctions, type RegisteredFunction } from '../registry/registry.ts';
import { bundleBoxes } from './box-scripts.ts';
import { cloudConfig } from './cloud-config.ts';
import { startCloudProcess } from './cloud-process.ts';
import { killBoxes } from './kill-boxes.ts';
import { type Ports, startOnFreePorts } from './ports.ts';
import { removeRunFile, writeRunFile } from './run-file.ts';
import { startServerProcess } from './server-process.ts';
import { type FunctionStats, startSupervisor } from './supervisor/supervisor.ts';

export interface LocalPillboxOptions {
  /** The project: where functions/ and package.json are. */
  readonly root: string;
  /** State and run file; made if absent. */
  readonly dir: string;
  readonly edgePort?: number;
  /** Seed of misbehaviour: of the cloud (see cloud/chaos.ts), and of boxes, which are killed; absent = none. */
  readonly chaos?: string | undefined;
  /** Every line that a process of Pillbox prints, with who printed it. */
  readonly onLine: (source: string, line: string) => void;
  /** What was made ready for the first time on this machine. */
  readonly onNote?: (line: string) => void;
  /** What a user should see at once, such as a box killed for memory. */
  readonly onNotice: (message: string) => void;
  /** Called once the local cloud has ended by itself: no job will end any more. */
  readonly onCloudDeath?: () => void;
}

export interface LocalPillbox {
  /** Origins, without a trailing slash. */
  readonly edge: string;
  readonly cloud: string;
  readonly boxes: string;
  readonly bucket: string;
  /** Names of the model services that stand at the edge. */
  readonly services: readonly string[];
  stats(): FunctionStats[];
  /** Ends every process, in order, within 10 s. May be called twice. */
  stop(): Promise<void>;
}

/** The boxes get most of the 10 s in which a laptop's Pillbox promises to be gone. */
const BOX_GRACE_MS = 6_000;
const SERVER_GRACE_MS = 1_800;

const EDGE_MAIN = join(import.meta.dirname, 'edge', 'main.ts');

/** Throws when anything does not start; what had started is stopped again. */
export async function startLocalPillbox(options: LocalPillboxOptions): Promise<LocalPillbox> {
  const { root, dir, edgePort, onNote = () => {} } = options;
  await mkdir(dir, { recursive: true });
  const functions = await loadFunctions(root);
  const models = prepareImageModels(join(root, 'functions'), modelCacheOf(dir), onNote);
  // Waited for below; until then, a failure of something else is what is reported.
  models.catch(() => {});
  return startOnFreePorts((ports) => startOn(ports, options, functions, models), { edgePort });
}

const modelCacheOf = (dir: string): string => join(dir, 'models');

async function startOn(
  ports: Ports,
  options: LocalPillboxOptions,
  functions: readonly RegisteredFunction[],
  models: Promise<unknown>,
): Promise<LocalPillbox> {
  const { root, dir, chaos, onLine, onNotice } = options;
  const boxUrl = `http://127.0.0.1:${ports.boxes}/{box}`;
  const env = readBoxEnvironment(process.env);
  const bucket = env.PILLBOX_BUCKET;
  const config = cloudConfig(functions, {
    projectId: env.PILLBOX_PROJECT,
    location: env.PILLBOX_LOCATION,
    bucket,
    boxUrl,
  });

  // What was compiled once is loaded in less time, and with less memory.
  const compileCache = { NODE_COMPILE_CACHE: join(dir, 'compile-cache') };

  const started: (() => Promise<void>)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= stopInTurn(started, dir);
    return stopped;
  };
  try {
    const cloud = await startCloudProcess({
      dir,
      port: ports.cloud,
      config: chaos === undefined ? config : { ...config, chaos },
      env: compileCache,
      onLine: (line) => onLine('cloud', line),
      onDeath(reason) {
        onNotice(`the local cloud ended (${reason}); stop Pillbox and start it again`);
        options.onCloudDeath?.();
      },
    });
    started.push(() => cloud.stop(SERVER_GRACE_MS));
    const supervisor = await startSupervisor({
      functions: await bundleBoxes(root, functions, join(dir, 'boxes')),
      port: ports.boxes,
      stopGraceMs: BOX_GRACE_MS,
      environment: {
        PILLBOX_BUCKET: bucket,
        PILLBOX_PROJECT: env.PILLBOX_PROJECT,
        PILLBOX_LOCATION: env.PILLBOX_LOCATION,
        PILLBOX_BOX_URL: boxUrl,
        PILLBOX_CLOUD_ENDPOINT: cloud.origin,
        PILLBOX_CODE_VERSION: await packageVersion(root),
        PILLBOX_MODEL_CACHE: modelCacheOf(dir),
        PILLBOX_MODEL_BUDGET_MIB: String(env.PILLBOX_MODEL_BUDGET_MIB),
        PILLBOX_REQUIRE_TRAINED: env.PILLBOX_REQUIRE_TRAINED ? '1' : '0',
        ...(env.PILLBOX_MODELS === undefined ? {} : { PILLBOX_MODELS: env.PILLBOX_MODELS }),
        ...compileCache,
      },
      onLine,
      onNotice,
    });
    const stopKilling =
      chaos === undefined ? () => {} : killBoxes({ seed: chaos, report: () => supervisor.report() });
    started.push(async () => {
      stopKilling();
      await supervisor.stop();
    });
    const edge = await startServerProcess({
      name: 'the edge',
      args: [EDGE_MAIN, '--root', root, '--port', String(ports.edge), '--box-url', boxUrl],
      env: compileCache,
      onLine: (line) => onLine('edge', line),
      onDeath: (reason) => onNotice(`the edge ended (${reason}); stop Pillbox and start it again`),
    });
    started.push(() => edge.stop(SERVER_GRACE_MS));
    await models;
    await writeRunFile(dir, {
      pid: process.pid,
      edge: edge.origin,
      cloud: cloud.origin,
      boxes: supervisor.origin,
    });
    return {
      edge: edge.origin,
      cloud: cloud.origin,
      boxes: supervisor.origin,
      bucket,
      services: functions.filter((fn) => fn.worker !== undefined).map((fn) => fn.name),
      stats: () => supervisor.stats(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The cloud first, so that it hands out no work to boxes that are going. */
async function stopInTurn(started: readonly (() => Promise<void>)[], dir: string): Promise<void> {
  await removeRunFile(dir);
  for (const stop of started) await stop();
}

async function packageVersion(root: string): Promise<string> {
  const text = await readFile(join(root, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
