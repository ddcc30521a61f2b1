/**
 * Prints the shell script that deploys every function, its queue and its event trigger, as function.json states them:
 * `node infra/gcp/deploy-script.ts > deploy.sh`. The script expects PROJECT, PROJECT_NUMBER, REGION, TRIGGER_LOCATION (that of the bucket),
 * BUCKET, IMAGES, VERSION and ACCOUNT (a service account) in its environment, and may be run again at any time.
 */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionConfig } from '../registry/function-config.ts';
import { loadFunctions, type RegisteredFunction } from '../registry/registry.ts';

type Trigger = FunctionConfig['triggers'][number];
type TriggerOf<Kind extends Trigger['kind']> = Extract<Trigger, { kind: Kind }>;

/** Cloud Run's second generation takes no less than 512 MiB. */
const SECOND_GENERATION_MIB = 512;

const BUCKET_KEY = 'BUCKET_KEY="$(printf %s "$BUCKET" | sha256sum | cut -c1-12)"';

/** Cloud Run gives each service this address, known before the service exists. */
const BOX_URL = `https://pillbox-{box}-$PROJECT_NUMBER.$REGION.run.app`;

/** Shell lines, one command each, that bring the project's services, queues and triggers to what `functions` state. */
export function deployScript(functions: readonly RegisteredFunction[]): string {
  const lines = functions.flatMap((fn) => [
    ``,
    `# ${fn.name}: ${fn.config.description}`,
    serviceCommand(fn),
    ...fn.config.triggers
      .filter((trigger) => trigger.kind === 'queue')
      .map((queue) => queueCommand(fn.name, queue)),
    ...eventCommands(fn),
  ]);
  return ['#!/bin/bash', 'set -euo pipefail', BUCKET_KEY, ...lines, ''].join('\n');
}

function command(...words: readonly string[]): string {
  return words.join(' ');
}

function serviceCommand({ name, config }: RegisteredFunction): string {
  const environment = {
    PILLBOX_BUCKET: '$BUCKET',
    PILLBOX_PROJECT: '$PROJECT',
    PILLBOX_LOCATION: '$REGION',
    PILLBOX_BOX_URL: BOX_URL,
    PILLBOX_TASKS_SERVICE_ACCOUNT: '$ACCOUNT',
    PILLBOX_CODE_VERSION: '$VERSION',
    MEMORY_LIMIT_MIB: config.memoryMiB,
  };
  const open = config.triggers.some((trigger) => trigger.kind === 'http');
  return command(
    `gcloud run deploy pillbox-${name}`,
    `--project "$PROJECT" --region "$REGION" --image "$IMAGES/${name}:$VERSION" --service-account "$ACCOUNT"`,
    `--memory ${config.memoryMiB}Mi --cpu ${config.cpu} --concurrency ${config.concurrency}`,
    `--timeout ${config.timeoutSeconds}s --max-instances ${config.maxInstances}`,
    `--execution-environment ${config.memoryMiB < SECOND_GENERATION_MIB ? 'gen1' : 'gen2'}`,
    open ? '--allow-unauthenticated' : '--no-allow-unauthenticated',
    `--set-env-vars "^|^${Object.entries(environment)
      .map(([key, value]) => `${key}=${value}`)
      .join('|')}"`,
    '--quiet',
  );
}

function queueCommand(name: string, queue: TriggerOf<'queue'>): string {
  const flags = [
    `--location "$REGION" --project "$PROJECT"`,
    `--max-attempts ${queue.maxAttempts === -1 ? 'unlimited' : queue.maxAttempts}`,
    `--min-backoff ${queue.minBackoffSeconds}s --max-backoff ${queue.maxBackoffSeconds}s`,
    `--max-doublings ${queue.maxDoublings} --max-dispatches-per-second ${queue.maxDispatchesPerSecond}`,
    `--max-concurrent-dispatches ${queue.maxConcurrentDispatches}`,
  ].join(' ');
  return `gcloud tasks queues update ${name} ${flags} --quiet || gcloud tasks queues create ${name} ${flags} --quiet`;
}

/**
 * Cloud Storage events carry no name filter: the function answers 204 to every object but `objectPattern`. The type and
 * the bucket of a trigger cannot be changed, so both are in its name; of the bucket a digest, as such a name may have 63
 * characters, and no dots.
 */
function eventCommands({ name, config }: RegisteredFunction): string[] {
  const seen = new Map<string, number>();
  return config.triggers
    .filter((trigger) => trigger.kind === 'event')
    .map(({ type, path }) => {
      const count = (seen.get(type) ?? 0) + 1;
      seen.set(type, count);
      const id = `pillbox-${name}-$BUCKET_KEY${typeSuffix(type)}${count === 1 ? '' : `-${count}`}`;
      const target = command(
        `--location "$TRIGGER_LOCATION" --project "$PROJECT" --service-account "$ACCOUNT"`,
        `--destination-run-service pillbox-${name} --destination-run-region "$REGION"`,
        `--destination-run-path ${path} --quiet`,
      );
      return command(
        `gcloud eventarc triggers update ${id} ${target} ||`,
        `gcloud eventarc triggers create ${id} ${target}`,
        `--event-filters "type=${type}" --event-filters "bucket=$BUCKET"`,
      );
    });
}

/** Such as `-metadata-updated`: trigger names have no capitals. The commonest type has none. */
function typeSuffix(type: TriggerOf<'event'>['type']): string {
  const short = type.slice(type.lastIndexOf('.') + 1);
  return short === 'finalized'
    ? ''
    : `-${short.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(deployScript(await loadFunctions(join(import.meta.dirname, '..', '..'))));
}
