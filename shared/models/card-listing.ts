/** Reads the cards of one model's versions out of a bucket, at first need and then at most each minute. */

import { RetryableError } from '../errors/retryable-error.ts';
import type { Log } from '../http/log.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { createVersionChoice, type VersionedCard } from './version-choice.ts';

const LISTED_FOR_MS = 60_000;
/** A card takes some KiB. */
const CARD_LIMIT_BYTES = 256 * 1024;
/** Each is read when the list is; more would be a mistake. */
const VERSIONS_LIMIT = 32;

export interface ListedCard extends VersionedCard {
  readonly sha256: string;
}

export interface CardListingOptions<Card extends ListedCard> {
  readonly store: ObjectStore;
  readonly prefix: string;
  /** Cards that come with the code; they go before one of the same version in the bucket. */
  readonly own: readonly Card[];
  /** Throws where it is not a card. */
  readonly parse: (raw: unknown) => Card;
  readonly log: Log;
  readonly nowMs?: () => number;
}

/** Callers at once wait for one listing. A card that is no good is named in the log and left out. */
export function createCardListing<Card extends ListedCard>(
  options: CardListingOptions<Card>,
): () => Promise<readonly Card[]> {
  const { own, log, nowMs = () => performance.now() } = options;
  const model = own[0]?.name ?? '';
  let known: readonly Card[] = [];
  let listing: Promise<readonly Card[]> | undefined;
  let freshUntilMs = Number.NEGATIVE_INFINITY;

  async function refresh(): Promise<readonly Card[]> {
    try {
      const cards = await listCards(options, model);
      if (JSON.stringify(cards) !== JSON.stringify(known)) known = cards;
    } catch (error) {
      log('WARNING', 'the versions of a model in the bucket cannot be used: those known so far stay', {
        model,
        reason: error instanceof Error ? error.message : 'unknown',
      });
    }
    freshUntilMs = nowMs() + LISTED_FOR_MS;
    return known;
  }

  return async () => {
    if (nowMs() < freshUntilMs) return known;
    listing ??= refresh().finally(() => {
      listing = undefined;
    });
    return await listing;
  };
}

async function listCards<Card extends ListedCard>(
  { store, prefix, own, parse, log }: CardListingOptions<Card>,
  model: string,
): Promise<Card[]> {
  const cards: Card[] = [];
  const carried = new Set(own.map(({ version }) => version));
  for await (const { name, generation, sizeBytes } of store.list(`${prefix}${model}/`)) {
    const [version = '', file, more] = name.slice(`${prefix}${model}/`.length).split('/');
    if (file !== 'card.json' || more !== undefined || carried.has(version)) continue;
    if (cards.length >= VERSIONS_LIMIT) throw new Error(`there are more than ${VERSIONS_LIMIT} versions`);
    try {
      if (sizeBytes > CARD_LIMIT_BYTES)
        throw new Error(`has ${sizeBytes} bytes, the limit is ${CARD_LIMIT_BYTES}`);
      const card = parse(await readJson(store.read(name, { generation })));
      if (card.name !== model || card.version !== version)
        throw new Error('is of another name or version than its path');
      // With it, a version that is no good does not take the others along.
      createVersionChoice([...own, ...cards, card]);
      cards.push(card);
    } catch (error) {
      // The bucket does not answer: no reason to take the version away.
      if (error instanceof RetryableError) throw error;
      const reason = error instanceof Error ? error.message : 'unknown';
      log('WARNING', 'a card in the bucket cannot be used', { model, version, reason });
    }
  }
  return cards;
}

async function readJson(chunks: AsyncIterable<Uint8Array>): Promise<unknown> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}
