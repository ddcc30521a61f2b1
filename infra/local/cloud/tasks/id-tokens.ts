/** OIDC tokens of tasks: RS256, signed with a key of this folder of state, so that targets can verify them for real. */

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
} from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { Clock } from '../clock.ts';

/** As Google's. */
const LIFETIME_SECONDS = 3600;
const KEY_BITS = 2048;

/** A token is used again while it is younger; what a target caches by token then works here as well. */
const REUSED_MS = 300_000;
const MAX_REUSED = 1000;

export interface TokenSubject {
  readonly serviceAccountEmail: string;
  readonly audience: string;
}

export interface IdTokens {
  /** A signed JWT, an hour valid. */
  sign(subject: TokenSubject): Promise<string>;
  /** The public key, as RFC 7517 shows it. */
  jwks(): Promise<{ keys: readonly object[] }>;
}

interface Key {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly jwk: object;
}

/** The key is made with the first token and kept in the state. @param issuer origin of the local cloud, asked when it serves. */
export function openIdTokens(options: { state: DatabaseSync; clock: Clock; issuer: () => string }): IdTokens {
  const { state, clock, issuer } = options;
  const reused = new Map<string, { token: string; madeMs: number }>();
  let key: Promise<Key> | undefined;
  const useKey = () => {
    // One that could not be made or kept, such as on a full disk, is tried for again.
    key ??= loadKey(state).catch((error: unknown) => {
      key = undefined;
      throw error;
    });
    return key;
  };
  return {
    async sign(subject) {
      const name = JSON.stringify([subject.serviceAccountEmail, subject.audience]);
      const known = reused.get(name);
      const nowMs = clock.now();
      if (known !== undefined && nowMs >= known.madeMs && nowMs < known.madeMs + REUSED_MS)
        return known.token;
      const token = signToken(await useKey(), issuer(), subject, Math.floor(nowMs / 1000));
      if (reused.size >= MAX_REUSED) reused.clear();
      reused.set(name, { token, madeMs: nowMs });
      return token;
    },
    jwks: async () => ({ keys: [(await useKey()).jwk] }),
  };
}

function signToken(key: Key, issuer: string, subject: TokenSubject, nowSeconds: number): string {
  const { serviceAccountEmail, audience } = subject;
  const id = accountId(serviceAccountEmail);
  const header = { alg: 'RS256', kid: key.id, typ: 'JWT' };
  const claims = {
    aud: audience,
    azp: id,
    email: serviceAccountEmail,
    email_verified: true,
    exp: nowSeconds + LIFETIME_SECONDS,
    iat: nowSeconds,
    iss: issuer,
    sub: id,
  };
  const signed = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key.privateKey).toString('base64url')}`;
}

/** Accounts have numbers of 21 digits; the same address always has the same one. */
function accountId(email: string): string {
  const digest = createHash('sha256').update(email).digest();
  return `1${(digest.readBigUInt64BE() % 10n ** 20n).toString().padStart(20, '0')}`;
}

async function loadKey(state: DatabaseSync): Promise<Key> {
  state.exec(
    'CREATE TABLE IF NOT EXISTS id_token_key (only INTEGER PRIMARY KEY CHECK (only = 1), pem TEXT NOT NULL) STRICT',
  );
  const row = state.prepare('SELECT pem FROM id_token_key').get();
  const pem = row === undefined ? await makeKey() : String(row['pem']);
  if (row === undefined) state.prepare('INSERT OR REPLACE INTO id_token_key VALUES (1, ?)').run(pem);
  const privateKey = createPrivateKey(pem);
  const { n, e, kty } = createPublicKey(privateKey).export({ format: 'jwk' });
  // RFC 7638.
  const id = createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('hex').slice(0, 40);
  return { id, privateKey, jwk: { kty, alg: 'RS256', use: 'sig', kid: id, n, e } };
}

async function makeKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: KEY_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return privateKey;
}
