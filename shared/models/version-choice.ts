/** The versions of one model that a service has, and which of them answers a request. */

import { TerminalError } from '../errors/terminal-error.ts';
import { HttpProblem } from '../http/problem.ts';
import { pickVersion } from './model-store-versions.ts';

export interface VersionedCard {
  readonly name: string;
  readonly version: string;
  /** Share of the requests that name no version; absent = the standard version, which gets the rest. */
  readonly traffic?: number | undefined;
}

export interface VersionChoice<Card extends VersionedCard> {
  /** The one without `traffic`. */
  readonly standard: Card;
  readonly cards: readonly Card[];
  has(version: string): boolean;
  /**
   * The same key always gets the same version. Throws HttpProblem 404 ('no-such-version') that names those there are.
   *
   * @param key the caller's name, or the request's.
   */
  choose(asked: string | undefined, key: string): Card;
}

/** Throws a TerminalError ('model-invalid') unless the cards are versions of one model, one of them standard. */
export function createVersionChoice<Card extends VersionedCard>(cards: readonly Card[]): VersionChoice<Card> {
  const byVersion = new Map(cards.map((card) => [card.version, card]));
  const standards = cards.filter(({ traffic }) => traffic === undefined);
  const [standard] = standards;
  const name = standard?.name ?? cards[0]?.name ?? 'a model';
  if (standard === undefined || standards.length > 1)
    throw invalid(
      name,
      `exactly one card must be without traffic, ${standards.length} of ${cards.length} are`,
    );
  if (byVersion.size < cards.length) throw invalid(name, 'two cards have the same version');
  const stranger = cards.find((card) => card.name !== name);
  if (stranger !== undefined) throw invalid(name, `a card is of another model, ${stranger.name}`);
  const canaries = cards.flatMap(({ version, traffic }) =>
    traffic === undefined ? [] : [{ version, share: traffic }],
  );
  if (canaries.reduce((sum, { share }) => sum + share, 0) > 1 + 1e-9)
    throw invalid(name, 'the shares of traffic add up to more than 1');
  return {
    standard,
    cards,
    has: (version) => byVersion.has(version),
    choose(asked, key) {
      if (asked !== undefined && !byVersion.has(asked)) throw noSuchVersion(name, [...byVersion.keys()]);
      return byVersion.get(pickVersion({ standard: standard.version, canaries }, { key, asked })) ?? standard;
    },
  };
}

function noSuchVersion(name: string, known: readonly string[]): HttpProblem {
  return new HttpProblem(404, 'no-such-version', 'No such version', {
    detail: `${name} has the versions ${known.join(', ')}`,
  });
}

function invalid(name: string, what: string): TerminalError {
  return new TerminalError('model-invalid', `versions of ${name}: ${what}`);
}
