/** Where targets find the key that verifies the tokens of tasks: OpenID Connect's discovery document and its JWKS. */

import type { Api } from '../api.ts';
import type { IdTokens } from './id-tokens.ts';

const DISCOVERY_PATH = '/.well-known/openid-configuration';
/** Where Google has its own. */
const JWKS_PATH = '/oauth2/v3/certs';

/** @param issuer origin of the local cloud. */
export function createIdTokensApi(tokens: IdTokens, issuer: () => string): Api {
  return async (request, response, url) => {
    if (url.pathname !== DISCOVERY_PATH && url.pathname !== JWKS_PATH) return false;
    const body = url.pathname === JWKS_PATH ? await tokens.jwks() : discoveryDocument(issuer());
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'max-age=300' });
    response.end(JSON.stringify(body));
    return true;
  };
}

function discoveryDocument(issuer: string): object {
  return {
    issuer,
    jwks_uri: issuer + JWKS_PATH,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    claims_supported: ['aud', 'azp', 'email', 'email_verified', 'exp', 'iat', 'iss', 'sub'],
  };
}
