/** Tokens of tasks on the local cloud, verified as a target would: by discovery, the published keys, and Google's library. */

import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudTasksClient } from '@google-cloud/tasks';
import { OAuth2Client, PassThroughClient } from 'google-auth-library';
import { expect, onTestFinished, test } from 'vitest';
import { parseCloudConfig } from '../../infra/local/cloud/cloud-config-file.ts';
import { startLocalCloud } from '../../infra/local/cloud/local-cloud.ts';
import { openGoogleQueue } from '../../shared/tasks/google-task-queue.ts';
import { startBoxes } from './task-queue-boxes.ts';

const WHERE = { projectId: 'p', location: 'l' };
const QUEUE = 'projects/p/locations/l/queues/alpha';
const ACCOUNT = 'runner@p.iam.gserviceaccount.com';

async function open(queue: object = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-oidc-'));
  const boxes = await startBoxes();
  const config = parseCloudConfig({ queues: [{ name: QUEUE, ...queue }] });
  const cloud = await startLocalCloud({ dir, port: 0, ...config, log: () => {} });
  onTestFinished(async () => {
    await cloud.close();
    await boxes.close();
    await rm(dir, { recursive: true, force: true });
  });
  return { boxes, cloud };
}

/** The claims of a token that is as it should be; throws for any other. */
async function verify(origin: string, authorization: string | undefined, audience: string) {
  const json = async (url: string) => (await fetch(url)).json();
  const discovery = (await json(`${origin}/.well-known/openid-configuration`)) as {
    issuer: string;
    jwks_uri: string;
  };
  const { keys } = (await json(discovery.jwks_uri)) as { keys: (JsonWebKey & { kid: string })[] };
  const certificates = Object.fromEntries(
    keys.map((key) => [
      key.kid,
      createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString(),
    ]),
  );
  const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
  const verifier = new OAuth2Client();
  const ticket = await verifier.verifySignedJwtWithCertsAsync(token, certificates, audience, [
    discovery.issuer,
  ]);
  return ticket.getPayload();
}

test('a box can verify who sent a task of the queue', async () => {
  const { boxes, cloud } = await open();
  const queue = openGoogleQueue({
    ...WHERE,
    endpoint: cloud.origin,
    boxUrl: boxes.boxUrl,
    serviceAccount: ACCOUNT,
  });
  await queue.enqueue({ box: 'alpha', path: '/work', body: {} });
  await expect.poll(() => boxes.deliveries.length).toBe(1);
  const { authorization } = boxes.deliveries[0]?.headers ?? {};
  const { origin } = new URL(boxes.boxUrl.replace('{box}', 'alpha'));
  expect(await verify(cloud.origin, authorization, origin)).toMatchObject({
    iss: cloud.origin,
    email: ACCOUNT,
    email_verified: true,
  });
  await expect(verify(cloud.origin, authorization, 'https://other.example')).rejects.toThrow('recipient');
  await expect(verify(cloud.origin, `${authorization}x`, origin)).rejects.toThrow('signature');
  await expect(verify((await open()).cloud.origin, authorization, origin)).rejects.toThrow('No pem');
});

test('without an audience it is the URL; the token takes the place of a header of the task; without one the header stays', async () => {
  const { boxes, cloud } = await open();
  const client = new CloudTasksClient({
    fallback: true,
    protocol: 'http',
    apiEndpoint: '127.0.0.1',
    port: Number(new URL(cloud.origin).port),
    authClient: new PassThroughClient(),
  });
  onTestFinished(() => client.close());
  const url = `${boxes.boxUrl.replace('{box}', 'alpha')}/work?a=b`;
  const request = { url, headers: { Authorization: 'Basic own' }, body: Buffer.from('{}') };
  const oidcToken = { serviceAccountEmail: ACCOUNT };
  await client.createTask({ parent: QUEUE, task: { httpRequest: { ...request, oidcToken } } });
  await expect.poll(() => boxes.deliveries.length).toBe(1);
  await client.createTask({ parent: QUEUE, task: { httpRequest: request } });
  await expect.poll(() => boxes.deliveries.length).toBe(2);
  expect(await verify(cloud.origin, boxes.deliveries[0]?.headers.authorization, url)).toMatchObject({
    aud: url,
  });
  expect(boxes.deliveries[1]?.headers.authorization).toBe('Basic own');
});

test("a queue's own target and token hold for all its tasks", async () => {
  const target = await startBoxes();
  onTestFinished(() => target.close());
  const { hostname, port } = new URL(target.boxUrl);
  const { boxes, cloud } = await open({
    httpTarget: {
      uriOverride: { host: hostname, port, pathOverride: { path: '/gamma/override' } },
      headerOverrides: [{ header: { key: 'X-Queue', value: 'yes' } }],
      oidcToken: { serviceAccountEmail: ACCOUNT, audience: 'https://gamma.example' },
    },
  });
  const queue = openGoogleQueue({ ...WHERE, endpoint: cloud.origin, boxUrl: boxes.boxUrl });
  await queue.enqueue({ box: 'alpha', path: '/work', body: { a: 1 } });
  await expect.poll(() => target.deliveries.length).toBe(1);
  expect(boxes.deliveries).toEqual([]);
  const [delivery] = target.deliveries;
  expect(delivery).toMatchObject({
    box: 'gamma',
    path: '/override',
    body: { a: 1 },
    headers: { 'x-queue': 'yes' },
  });
  await verify(cloud.origin, delivery?.headers.authorization, 'https://gamma.example');
});
