/**
 * Turns of the requests that hold a picture: pictures are worked on one at a time, and bodies are read before their turn,
 * several at a time, as their room allows. So whoever sends slowly keeps nobody waiting who has sent all.
 */

import { type Admits, type RequestCost, requestCostBytes } from '../http/admission.ts';
import { type BodyRoom, createBodyRoom } from './body-room.ts';
import type { ImageRequest } from './image-service.ts';
import { JSON_LIMIT_BYTES, type PredictBody, readPredictBody } from './predict-body.ts';
import { UPLOAD_LIMIT_BYTES } from './read-upload.ts';
import { createTimings } from './timings.ts';
import { createWaitingRoom, type WaitingRoom } from './waiting-room.ts';

/** More would time out before their turn. */
const WAITING_PLACES = 16;
/**
 * Bodies that wait for room, with no more than their beginning read. With 4 pictures ran out while clients waited for their
 * Retry-After: 0.88 of the best fixed number of clients, and 0.93 with 16 (`npm run bench -- budget`, diabetes).
 */
const BODY_PLACES = 16;
const BODY_COST: RequestCost = { fixedBytes: 1024 * 1024, timesBody: 1, maxBodyBytes: UPLOAD_LIMIT_BYTES };
/** In JSON a picture is in memory three times over, as text, as base64 and as bytes. */
const JSON_COST: RequestCost = { ...BODY_COST, timesBody: 3, maxBodyBytes: JSON_LIMIT_BYTES };
/** For room and for its turn together, and then for room to decode, a request may each time wait so long. */
const DEADLINE_MS = 10_000;
/** Where nobody knows the box's limit. */
const BODIES_BYTES = 32 * 1024 * 1024;

export interface ImageTurnsOptions {
  /** Absent = the room for bodies and one picture after the other are all that bounds them. */
  readonly budget?: Admits | undefined;
  /** True = all that come are worked on at once, to show what happens then. */
  readonly unbounded: boolean;
  /** What bodies may take together that are read or wait for their turn. */
  readonly bodiesBytes?: number | undefined;
}

export interface Turn extends Pick<ImageRequest, 'admit' | 'signal' | 'timings'> {
  readonly body: PredictBody;
}

export interface ImageTurns {
  /** Rejects with what reading the body or `work` throws, RetryableError ('overloaded') when there is no room in time. */
  take(request: Request, route: string, work: (turn: Turn) => Promise<Response>): Promise<Response>;
}

const OPEN_DOOR: WaitingRoom = { checkOpen: () => {}, enter: (work) => work() };
const FREE: Disposable = { [Symbol.dispose]: () => {} };
const OPEN_ROOM: BodyRoom = { begin: () => FREE, enter: async () => FREE };

export function createImageTurns({
  budget,
  unbounded,
  bodiesBytes = BODIES_BYTES,
}: ImageTurnsOptions): ImageTurns {
  const waiting = { places: WAITING_PLACES, waitMs: DEADLINE_MS };
  const room = unbounded ? OPEN_DOOR : createWaitingRoom(waiting);
  const bodies = unbounded
    ? OPEN_ROOM
    : createBodyRoom({ ...waiting, bytes: bodiesBytes, places: BODY_PLACES });
  return {
    async take(request, route, work) {
      const { signal } = request;
      const admit = (costBytes: number, what = route) =>
        budget?.admit({ route: what, costBytes, deadlineMs: DEADLINE_MS, signal });
      using held = new DisposableStack();
      const beginning = held.use(bodies.begin());
      let lease: Disposable | undefined;
      let waitedMs = 0;
      const body = await readPredictBody(request, async (wholeBytes) => {
        beginning[Symbol.dispose]();
        // Who would find no place to wait need not send the rest.
        room.checkOpen();
        const costBytes = bodyCostBytes(request, wholeBytes);
        const sinceMs = performance.now();
        held.use(await bodies.enter(costBytes, signal));
        lease = held.use((await admit(costBytes, 'body')) ?? FREE);
        waitedMs = performance.now() - sinceMs;
      });
      held.defer(() => body.free());
      return await room.enter(
        async () => {
          // Its share is part of what decoding it then asks for.
          lease?.[Symbol.dispose]();
          return await work({
            body,
            admit: (costBytes) => admit(costBytes),
            signal,
            timings: createTimings(),
          });
        },
        signal,
        waitedMs,
      );
    },
  };
}

function bodyCostBytes(request: Request, wholeBytes: number | undefined): number {
  const isJson = request.headers.get('content-type')?.startsWith('application/json') === true;
  const cost = isJson ? JSON_COST : BODY_COST;
  return wholeBytes === undefined
    ? requestCostBytes(request, cost)
    : cost.fixedBytes + cost.timesBody * wholeBytes;
}
