/** The key file of the service account. */

import { createPublicKey } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readServiceAccountKey, SERVICE_ACCOUNT_EMAIL, writeServiceAccountKey } from './service-account.ts';

async function makeDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-account-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

test('those who ask at once, and those who ask later, get one key', async () => {
  const dir = await makeDir();
  expect(await readServiceAccountKey(dir)).toBeUndefined();
  const written = await Promise.all([1, 2, 3].map(() => writeServiceAccountKey(dir, 'http://127.0.0.1:1')));
  const [{ path } = { path: '' }] = written;
  const before = await readFile(path, 'utf8');
  expect(JSON.parse(before)).toMatchObject({ type: 'service_account', client_email: SERVICE_ACCOUNT_EMAIL });
  expect(await writeServiceAccountKey(dir, 'http://127.0.0.1:2')).toEqual({
    path,
    clientEmail: SERVICE_ACCOUNT_EMAIL,
  });
  expect(await readFile(path, 'utf8')).toBe(before);
  expect(await readdir(dir)).toEqual(['service-account.json']);
  const key = await readServiceAccountKey(dir);
  expect(key?.equals(createPublicKey(JSON.parse(before).private_key))).toBe(true);
});

test('a key file that is none is not taken for absent', async () => {
  const dir = await makeDir();
  await writeFile(join(dir, 'service-account.json'), '{}');
  await expect(writeServiceAccountKey(dir, 'http://127.0.0.1:1')).rejects.toThrow('private_key');
});
