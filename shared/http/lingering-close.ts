/** Closes a connection whose client still sends, so that the answer is not lost: a closed socket's reset would overtake it. */

import type { IncomingMessage, ServerResponse } from 'node:http';

/** Time for the client to take the answer and to stop. */
const LINGER_MS = 2_000;

/**
 * To be called before the answer goes out: it then says that the connection closes, and what still comes is read away
 * until the client closes it, or for `lingerMs` at most.
 */
export function lingeringClose(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  lingerMs = LINGER_MS,
): void {
  const { socket } = incoming;
  outgoing.setHeader('connection', 'close');
  // What Node calls when the answer is out: by itself it would destroy the socket as soon as that is written.
  socket.destroySoon = () => {
    socket.end();
    incoming.resume();
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  };
}
