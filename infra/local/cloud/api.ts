/** One API of the local cloud: answers the requests of its own paths and leaves the others alone. */

import type { IncomingMessage, ServerResponse } from 'node:http';

/** Resolves to false, having touched neither stream, when the path is not its own. */
export type Api = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<boolean>;
