/** How clients reach a local cloud: settings to paste, for Node, Python, Go, gcloud and curl. */

import type { CloudConfig } from '../../local/cloud/cloud-config-file.ts';
import { toQueueResource } from '../../local/cloud/tasks/queue-config.ts';

export interface SettingsOptions extends Pick<CloudConfig, 'buckets' | 'queues' | 'eventTriggers'> {
  readonly origin: string;
  readonly project: string;
  readonly location: string;
}

/** By name, so that nobody takes the text for imports of this file. */
const NODE_PACKAGES = {
  storage: '@google-cloud/storage',
  tasks: '@google-cloud/tasks',
  auth: 'google-auth-library',
};

/** Without a line end after the last line. Each of the examples was run as it stands. */
export function settingsText(options: SettingsOptions): string {
  const { origin, project, location } = options;
  const bucket = options.buckets[0] ?? 'demo';
  const { hostname, port, host } = new URL(origin);
  const queues = `projects/${project}/locations/${location}/queues`;
  return `${contents(options)}For every client of Cloud Storage that reads it, and for the other commands of Pillbox:
  export STORAGE_EMULATOR_HOST=${origin} PILLBOX_CLOUD_ENDPOINT=${origin} PILLBOX_BUCKET=${bucket}

Node
  import { Storage } from '${NODE_PACKAGES.storage}';
  const storage = new Storage({ apiEndpoint: '${origin}', projectId: '${project}' });
  import { CloudTasksClient } from '${NODE_PACKAGES.tasks}';
  import { PassThroughClient } from '${NODE_PACKAGES.auth}';
  const tasks = new CloudTasksClient({ fallback: true, protocol: 'http', apiEndpoint: '${hostname}', port: ${port},
    authClient: new PassThroughClient() });

Python
  from google.auth.credentials import AnonymousCredentials
  from google.cloud import storage, tasks_v2
  client = storage.Client(project='${project}', credentials=AnonymousCredentials(),
      client_options={'api_endpoint': '${origin}'})
  from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksRestTransport
  tasks = tasks_v2.CloudTasksClient(transport=CloudTasksRestTransport(host='${host}', url_scheme='http',
      credentials=AnonymousCredentials()))

Go (with STORAGE_EMULATOR_HOST as above)
  client, err := storage.NewClient(ctx)
  tasks, err := cloudtasks.NewRESTClient(ctx, option.WithEndpoint("${origin}"), option.WithoutAuthentication())

gcloud
  export CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true CLOUDSDK_CORE_PROJECT=${project}
  export CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=${origin}/storage/v1/
  export CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDTASKS=${origin}/

curl
  curl ${origin}/storage/v1/b/${bucket}/o
  curl ${origin}/v2/${queues}`;
}

function contents({ buckets, queues, eventTriggers }: SettingsOptions): string {
  const lines = [
    ...buckets.map((name) => `  bucket  ${name}`),
    ...queues.map((queue) => {
      const { rateLimits } = toQueueResource(queue);
      const { maxDispatchesPerSecond, maxConcurrentDispatches } = rateLimits;
      return `  queue   ${queue.name}: ${maxDispatchesPerSecond} a second, ${maxConcurrentDispatches} at once`;
    }),
    ...eventTriggers.map(
      ({ type, bucket, objectPattern, url }) =>
        `  events  ${type.slice(type.lastIndexOf('.') + 1)} ${bucket}/${objectPattern} to ${url}`,
    ),
  ];
  return lines.length === 0 ? '' : `${lines.join('\n')}\n\n`;
}
