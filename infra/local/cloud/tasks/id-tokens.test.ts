import { createPublicKey, verify } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createTestClock } from '../clock.ts';
import { openIdTokens } from './id-tokens.ts';

const ISSUER = 'http://127.0.0.1:8788';
const SUBJECT = { serviceAccountEmail: 'a@p.iam.gserviceaccount.com', audience: 'https://box.example/work' };

function open(state = new DatabaseSync(':memory:')) {
  const clock = createTestClock(1_767_225_600_000);
  return { state, clock, tokens: openIdTokens({ state, clock, issuer: () => ISSUER }) };
}

type Tokens = ReturnType<typeof open>['tokens'];

async function verified(tokens: Tokens, token: string) {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const [jwk] = (await tokens.jwks()).keys;
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  const isValid = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${claims}`),
    key,
    Buffer.from(signature, 'base64url'),
  );
  const parse = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { isValid, kid: (jwk as { kid: string }).kid, header: parse(header), claims: parse(claims) };
}

test('a token is a JWT with the claims of Google’s, which the published key verifies', async () => {
  const { tokens } = open();
  const { isValid, kid, header, claims } = await verified(tokens, await tokens.sign(SUBJECT));
  expect(isValid).toBe(true);
  expect(header).toEqual({ alg: 'RS256', kid, typ: 'JWT' });
  expect(claims).toEqual({
    aud: SUBJECT.audience,
    azp: claims.sub,
    email: SUBJECT.serviceAccountEmail,
    email_verified: true,
    exp: 1_767_225_600 + 3600,
    iat: 1_767_225_600,
    iss: ISSUER,
    sub: expect.stringMatching(/^\d{21}$/),
  });
});

test('a token that was tampered with, or of another cloud, is not verified', async () => {
  const { tokens } = open();
  const [header, claims, signature] = (await tokens.sign(SUBJECT)).split('.');
  const forged = Buffer.from(JSON.stringify({ email: 'root@example.com' })).toString('base64url');
  expect((await verified(tokens, `${header}.${forged}.${signature}`)).isValid).toBe(false);
  expect((await verified(open().tokens, `${header}.${claims}.${signature}`)).isValid).toBe(false);
});

test('the key outlives a restart; a token is used again for five minutes', async () => {
  const { state, clock, tokens } = open();
  const token = await tokens.sign(SUBJECT);
  expect((await verified(open(state).tokens, token)).isValid).toBe(true);
  clock.advance(299_999);
  expect(await tokens.sign(SUBJECT)).toBe(token);
  expect(await tokens.sign({ ...SUBJECT, audience: 'other' })).not.toBe(token);
  clock.advance(1);
  expect(await tokens.sign(SUBJECT)).not.toBe(token);
});

test('a key that could not be kept is made when it can', async () => {
  const { state, tokens } = open();
  state.exec('PRAGMA query_only = ON');
  await expect(tokens.sign(SUBJECT)).rejects.toThrow('readonly');
  state.exec('PRAGMA query_only = OFF');
  expect((await verified(tokens, await tokens.sign(SUBJECT))).isValid).toBe(true);
});
