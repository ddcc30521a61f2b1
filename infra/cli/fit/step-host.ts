/** A local cloud and all boxes, without the edge, for one trial. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readBoxEnvironment } from '../../../shared/box/box-environment.ts';
import { openGoogleStore } from '../../../shared/storage/google-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { cloudConfig } from '../../local/cloud-config.ts';
import { startCloudProcess } from '../../local/cloud-process.ts';
import { type Ports, startOnFreePorts } from '../../local/ports.ts';
import { type Supervisor, startSupervisor } from '../../local/supervisor/supervisor.ts';
import type { RegisteredFunction } from '../../registry/registry.ts';

export interface StepHostOptions {
  /** A folder of its own is made in it, and removed again. */
  readonly dir: string;
  readonly functions: readonly RegisteredFunction[];
  readonly cgroupParent: string | undefined;
  /** For the boxes, beside what they are given anyway. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A box that was killed or died, or the cloud that did. */
  readonly onNotice: (message: string) => void;
}

const GRACE_MS = 1_000;

/** Stops everything when `use` has ended, however. */
export async function withStepHost<Result>(
  options: StepHostOptions,
  use: (store: ObjectStore, supervisor: Supervisor) => Promise<Result>,
): Promise<Result> {
  const { store, supervisor, stop } = await startOnFreePorts((ports) => startStepHost(ports, options), {
    edgePort: 0,
  });
  try {
    return await use(store, supervisor);
  } finally {
    await stop();
  }
}

interface StepHost {
  readonly store: ObjectStore;
  readonly supervisor: Supervisor;
  stop(): Promise<void>;
}

/** Leaves nothing behind when it throws. */
async function startStepHost(ports: Ports, options: StepHostOptions): Promise<StepHost> {
  const { dir, functions, cgroupParent, environment = {}, onNotice } = options;
  const env = readBoxEnvironment({});
  const boxUrl = `http://127.0.0.1:${ports.boxes}/{box}`;
  const where = { projectId: env.PILLBOX_PROJECT, location: env.PILLBOX_LOCATION };
  const folder = await mkdtemp(join(dir, 'trial-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const one of stops) await one();
  };
  try {
    const cloud = await startCloudProcess({
      dir: folder,
      port: ports.cloud,
      config: cloudConfig(functions, { ...where, bucket: env.PILLBOX_BUCKET, boxUrl }),
      onLine: () => {},
      onDeath: (reason) => onNotice(`the local cloud ended (${reason})`),
    });
    stops.unshift(() => cloud.stop(GRACE_MS));
    const supervisor = await startSupervisor({
      functions,
      port: ports.boxes,
      stopGraceMs: GRACE_MS,
      environment: {
        ...environment,
        PILLBOX_BUCKET: env.PILLBOX_BUCKET,
        PILLBOX_PROJECT: env.PILLBOX_PROJECT,
        PILLBOX_LOCATION: env.PILLBOX_LOCATION,
        PILLBOX_BOX_URL: boxUrl,
        PILLBOX_CLOUD_ENDPOINT: cloud.origin,
        NODE_COMPILE_CACHE: join(dir, 'compile-cache'),
      },
      cgroupParent,
      onNotice,
    });
    stops.splice(1, 0, () => supervisor.stop());
    const openStore = openGoogleStore({ endpoint: cloud.origin, projectId: env.PILLBOX_PROJECT });
    return { store: openStore(env.PILLBOX_BUCKET), supervisor, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
