/** One exchange between a client and an instance: streamed both ways, in time, and never left half open. */

import { type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { lingeringClose } from '../../../shared/http/lingering-close.ts';

export interface RelayTarget {
  readonly port: number;
  /** Path and query at the instance. */
  readonly path: string;
  readonly timeoutMs: number;
  /** What a request may hold. */
  readonly limitBytes: number;
}

/**
 * `answered`: the instance gave its whole answer. `broken` and `timed-out`: it did not, and where `outgoing.headersSent`
 * is still false, the caller owes the client an answer, as it does after `too-large`. `client-gone`: nobody is left to
 * tell.
 */
export type RelayOutcome = 'answered' | 'broken' | 'timed-out' | 'too-large' | 'client-gone';

/** Meant for one connection only; a proxy does not pass them on (RFC 9110, 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect'];

/** Resolves when the exchange is over. Never rejects. */
export function relay(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: RelayTarget,
): Promise<RelayOutcome> {
  return new Promise((resolve) => {
    let outcome: RelayOutcome = 'broken';
    const upstream = request({
      host: '127.0.0.1',
      port: target.port,
      path: target.path,
      method: incoming.method,
      headers: requestHeaders(incoming),
      // Not shared: a connection that was kept could be closed by the instance under the request that reuses it.
      agent: false,
    });
    const end = (why: RelayOutcome) => {
      if (outcome === 'broken') outcome = why;
      upstream.destroy();
      // The client must not take half an answer for a whole one.
      if (outgoing.headersSent) outgoing.destroy();
    };
    const onClientGone = () => end('client-gone');
    let sentBytes = 0;
    const count = ({ byteLength }: Buffer) => {
      sentBytes += byteLength;
      if (sentBytes > target.limitBytes) end('too-large');
    };
    const stopSending = () => {
      incoming.off('data', count);
      incoming.unpipe(upstream);
      // What the instance did not want to read must not block the client's connection.
      incoming.resume();
    };
    const settle = () => {
      clearTimeout(timer);
      outgoing.off('close', onClientGone);
      stopSending();
      resolve(outcome);
    };
    const timer = setTimeout(end, target.timeoutMs, 'timed-out');
    outgoing.on('close', onClientGone);
    // Every failure of the connection ends in its close.
    upstream.on('error', () => {});
    upstream.on('close', settle);
    upstream.on('response', (answer) => {
      // From here on the end of the answer counts: the connection may close while a slow client still takes the rest.
      upstream.off('close', settle);
      // Whoever refuses reads no further: a part that comes too late for it must not break the connection under its answer.
      if ((answer.statusCode ?? 0) >= 400) {
        stopSending();
        if (!incoming.complete) lingeringClose(incoming, outgoing);
      }
      outgoing.writeHead(answer.statusCode ?? 502, responseHeaders(answer.headers));
      outgoing.flushHeaders();
      pipeline(answer, outgoing, (error) => {
        if (!error) outcome = 'answered';
        upstream.destroy();
        settle();
      });
    });
    incoming.on('data', count);
    incoming.pipe(upstream);
  });
}

function requestHeaders(incoming: IncomingMessage): IncomingHttpHeaders {
  const { remoteAddress } = incoming.socket;
  const { host, 'x-forwarded-for': forwardedFor } = incoming.headers;
  return {
    // `transfer-encoding` stays: it makes Node frame a body of unknown length, whatever the method.
    ...withoutHopByHop(incoming.headers),
    'x-forwarded-for': [forwardedFor, remoteAddress].filter((part) => part !== undefined).join(', '),
    'x-forwarded-host': incoming.headers['x-forwarded-host'] ?? host,
    'x-forwarded-proto': incoming.headers['x-forwarded-proto'] ?? 'http',
    // With `close` the instance would hang up as soon as it has answered, and with body still on its way to it the reset
    // of the connection would overtake the answer. The front hangs up, once it has it.
    connection: 'keep-alive',
  };
}

function responseHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'transfer-encoding': _, ...rest } = withoutHopByHop(headers);
  return rest;
}

/** Those that `connection` names are the connection's own too. */
function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').toLowerCase().split(',');
  const dropped = new Set([...HOP_BY_HOP, ...named.map((name) => name.trim())]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}
