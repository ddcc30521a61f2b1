/** One attempt of a task: its queue's overrides, the headers of Cloud Tasks, and its token. */

import type { Authorization } from './authorization.ts';
import { applyHttpTarget } from './http-target.ts';
import type { IdTokens } from './id-tokens.ts';
import type { QueueConfig } from './queue-config.ts';
import type { Answer, Sender } from './sender.ts';
import { taskHeaders } from './task-headers.ts';
import type { StoredTask } from './task-row.ts';

/** Only Google could check a real one; this says what it is to whoever reads it. */
const DUMMY_OAUTH_TOKEN = 'pillbox-local-cloud-has-no-oauth-tokens';

/** Rejects where no token can be signed. */
export async function sendTask(
  by: { sender: Sender; tokens: IdTokens },
  { httpTarget }: QueueConfig,
  task: StoredTask,
): Promise<Answer> {
  const request = applyHttpTarget(httpTarget, task.request);
  const { url, method, authorization } = request;
  const token = await tokenOf(by.tokens, url, authorization);
  const headers = {
    ...taskHeaders(task, request),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  return by.sender.send({
    url,
    method,
    headers,
    body: task.body,
    deadlineMs: task.deadlineMs,
    followsRedirects: true,
  });
}

/** Unlike Cloud Tasks, also for plain http: a local target is reached by nothing else. */
async function tokenOf(
  tokens: IdTokens,
  url: string,
  { oidcToken, oauthToken }: Authorization = {},
): Promise<string | undefined> {
  if (oauthToken !== undefined) return DUMMY_OAUTH_TOKEN;
  if (oidcToken === undefined) return undefined;
  const { serviceAccountEmail, audience = url } = oidcToken;
  return tokens.sign({ serviceAccountEmail, audience });
}
