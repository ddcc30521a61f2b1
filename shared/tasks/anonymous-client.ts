/**
 * The client that sends no credentials, for a local cloud. In a file of its own, which is imported lazily in place of the
 * package: split off by a bundler, a CommonJS package has no named exports.
 */

import { PassThroughClient } from 'google-auth-library';

export function createAnonymousClient(): PassThroughClient {
  return new PassThroughClient();
}
