/** A knowledge base: short passages of general clinical facts, found by the words of a note. */

import { createPassageIndex, findPassages } from './passage-index.ts';
import { invalid, type Passage, parsePassage, splitLines } from './passage-lines.ts';

export const MAX_PASSAGES = 4_000;

export interface KnowledgeBase {
  readonly size: number;
  /**
   * The passages that are nearest to the query by BM25, at most `count`, best first; of equals, the one that comes first in
   * the file. Fewer, or none, when no more have a word in common with it.
   * @param allows is asked for the title and text of a passage; those it refuses are passed over.
   */
  search(query: string, count: number, allows?: (text: string) => boolean): Passage[];
}

/**
 * @param lines JSON Lines of {"id","title","text"}; other fields and blank lines do not matter.
 * @param source names the file in errors.
 * Throws a TerminalError ('knowledge-invalid') that names the line and the field or limit, and whatever reading throws.
 */
export async function readKnowledge(
  lines: AsyncIterable<Uint8Array>,
  source: string,
): Promise<KnowledgeBase> {
  const builder = await createBuilder();
  let number = 0;
  for await (const line of splitLines(lines, source)) {
    number++;
    if (line.trim() !== '') builder.add(parsePassage(line, `${source}: line ${number}`), source, number);
  }
  if (builder.size() === 0) throw invalid(`${source}: it has no passage`);
  return builder.build();
}

let bundled: Promise<KnowledgeBase> | undefined;

/** The facts that come with Pillbox. They are written for it, and name none of the labels. */
export function generalKnowledge(): Promise<KnowledgeBase> {
  bundled ??= loadGeneral();
  return bundled;
}

async function loadGeneral(): Promise<KnowledgeBase> {
  const { default: passages } = await import('./general-knowledge.json', { with: { type: 'json' } });
  const builder = await createBuilder();
  for (const [i, passage] of passages.entries()) builder.add(passage, 'general-knowledge.json', i + 1);
  return builder.build();
}

async function createBuilder() {
  const passages: Passage[] = [];
  const ids = new Set<string>();
  const index = await createPassageIndex();
  return {
    size: () => passages.length,
    add(passage: Passage, source: string, number: number): void {
      if (ids.has(passage.id)) throw invalid(`${source}: line ${number}: id: an earlier line has it too`);
      if (passages.length === MAX_PASSAGES) {
        throw invalid(`${source}: line ${number}: it is one more than the ${MAX_PASSAGES} passages allowed`);
      }
      ids.add(passage.id);
      index.add({ ...passage, id: passages.length });
      passages.push(passage);
    },
    build: (): KnowledgeBase => ({
      size: passages.length,
      search: (query, count, allows = () => true) => findPassages(index, passages, { query, count, allows }),
    }),
  };
}
