/** The one service account of the local cloud: its key file, with which clients sign URLs, lies in the cloud's folder. */

import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';

export const SERVICE_ACCOUNT_EMAIL = 'storage@pillbox-local.iam.gserviceaccount.com';

const FILE_NAME = 'service-account.json';

const keyFileSchema = z.object({ private_key: z.string() });

export interface ServiceAccountKeyFile {
  readonly path: string;
  readonly clientEmail: string;
}

/** Makes the key file where there is none yet, of the form that Google's clients read. */
export async function writeServiceAccountKey(dir: string, origin: string): Promise<ServiceAccountKeyFile> {
  const path = join(dir, FILE_NAME);
  if ((await readServiceAccountKey(dir)) === undefined) await writeNew(path, origin);
  return { path, clientEmail: SERVICE_ACCOUNT_EMAIL };
}

/** The key that signatures are checked with; undefined while no key file was asked for. */
export async function readServiceAccountKey(dir: string): Promise<KeyObject | undefined> {
  let text: string;
  try {
    text = await readFile(join(dir, FILE_NAME), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { private_key } = keyFileSchema.parse(JSON.parse(text));
  return createPublicKey(createPrivateKey(private_key));
}

async function writeNew(path: string, origin: string): Promise<void> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const file = {
    type: 'service_account',
    project_id: 'pillbox-local',
    private_key_id: randomBytes(20).toString('hex'),
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: SERVICE_ACCOUNT_EMAIL,
    client_id: '0',
    token_uri: `${origin}/_pillbox/token`,
    universe_domain: 'googleapis.com',
  };
  // Whole or not at all; and when two ask at once, the first one stays.
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, JSON.stringify(file, undefined, 2), { mode: 0o600 });
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft);
  }
}
