/** The emulators of others that ours is compared with, where the environment says that they are installed. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StartedServer, startOtherServer } from './other-server.ts';

/** fsouza/fake-gcs-server, which `install.sh` installs where there is Go; undefined = not to be had here, as below. */
export const FAKE_GCS = process.env['PILLBOX_FAKE_GCS'] || undefined;

/** mwpryer/cloud-tasks-emulator, which nothing here installs (see the README of the local cloud). */
export const TASKS_EMULATOR = process.env['PILLBOX_TASKS_EMULATOR'] || undefined;

/** Potato's gcloud-tasks-emulator, over gRPC alone; `install.sh` installs it where there is Python. */
export const GRPC_TASKS_EMULATOR = process.env['PILLBOX_GRPC_TASKS_EMULATOR'] || undefined;

export type FakeGcsBackend = 'memory' | 'filesystem';

export async function startFakeGcs(
  program: string,
  backend: FakeGcsBackend = 'memory',
): Promise<StartedServer> {
  const root = await mkdtemp(join(tmpdir(), 'pillbox-fake-gcs-'));
  const removeRoot = () => rm(root, { recursive: true, force: true });
  const server = await startOtherServer({
    program,
    readyPath: '/storage/v1/b?project=p',
    args: (port) => [
      ...['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-log-level', 'error'],
      ...['-backend', backend, '-filesystem-root', root, '-data', ''],
      ...['-external-url', `http://127.0.0.1:${port}`, '-public-host', `127.0.0.1:${port}`],
    ],
  }).catch(async (error: unknown) => {
    await removeRoot();
    throw error;
  });
  return {
    ...server,
    async close() {
      await server.close();
      await removeRoot();
    },
  };
}

/** @param queues that there are from the beginning, by their full names. */
export async function startTasksEmulator(
  program: string,
  queues: readonly string[] = [],
): Promise<StartedServer> {
  return startOtherServer({
    program,
    readyPath: '/.well-known/openid-configuration',
    env: (port) => ({
      LISTEN_ADDR: `127.0.0.1:${port}`,
      OIDC_ISSUER: `http://127.0.0.1:${port}`,
      QUEUES: queues.join(','),
    }),
  });
}

/** @param queues as above. */
export async function startGrpcTasksEmulator(
  program: string,
  queues: readonly string[] = [],
): Promise<StartedServer> {
  return startOtherServer({
    program,
    readyPath: undefined,
    args: (port) => [
      ...['start', '--quiet', '--port', String(port)],
      ...queues.flatMap((queue) => ['--default-queue', queue]),
    ],
  });
}
