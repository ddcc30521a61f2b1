/** The versions of a tabular model that a service has, each with its predictor. */

import type { ModelCard } from './model-card.ts';
import { createTabularPredictor, type TabularPredictor } from './tabular-predictor.ts';
import { createVersionChoice, type VersionChoice } from './version-choice.ts';

export interface TabularVersion {
  readonly name: string;
  readonly version: string;
  readonly traffic?: number | undefined;
  readonly card: ModelCard;
  readonly tabular: TabularPredictor;
}

export interface TabularVersions {
  /** Of those that come with the code: its documents describe the service. */
  readonly standard: TabularVersion;
  now(): Promise<VersionChoice<TabularVersion>>;
  /** Drops the answers that are kept of all versions; the bytes freed. */
  shed(): number;
}

export interface TabularVersionsOptions {
  readonly card: ModelCard | readonly ModelCard[];
  /** Answers may be kept where a version's card allows it. */
  readonly mayCache: boolean;
  readonly loadModelText: (card: ModelCard) => Promise<string>;
  /** The same list again as long as nothing has changed. */
  readonly moreCards?: (() => Promise<readonly ModelCard[]>) | undefined;
}

/** Throws a TerminalError ('model-invalid') unless exactly one of the cards is the standard version. */
export function createTabularVersions(options: TabularVersionsOptions): TabularVersions {
  const { moreCards, mayCache, loadModelText } = options;
  const open = (card: ModelCard): TabularVersion => ({
    name: card.name,
    version: card.version,
    traffic: card.traffic,
    card,
    tabular: createTabularPredictor(card, () => loadModelText(card), mayCache),
  });
  const own = ('version' in options.card ? [options.card] : options.card).map(open);
  const ownChoice = createVersionChoice(own);
  let seen: readonly ModelCard[] = [];
  let choice = ownChoice;

  function withMore(cards: readonly ModelCard[]): VersionChoice<TabularVersion> {
    // A version that stays keeps its predictor, and with it the trees that it has read.
    const kept = new Map(choice.cards.map((one) => [JSON.stringify(one.card), one]));
    return createVersionChoice([
      ...own,
      ...cards.map((card) => kept.get(JSON.stringify(card)) ?? open(card)),
    ]);
  }

  return {
    standard: ownChoice.standard,
    async now() {
      if (moreCards === undefined) return choice;
      const cards = await moreCards();
      if (cards !== seen) {
        choice = withMore(cards);
        seen = cards;
      }
      return choice;
    },
    shed: () => choice.cards.reduce((bytes, { tabular }) => bytes + tabular.shed(), 0),
  };
}
