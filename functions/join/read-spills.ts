/** Reads the rows of one partition back from the spills of a table: two ranged reads a spill, a chunk at a time. */

import type { ScanMarker } from '../../shared/pipeline/join-markers.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { decodeSectionEntry, sectionEntry } from './spill-writer.ts';

type Spill = ScanMarker['spills'][number];

/** Where the rows of a partition lie. */
export interface Section {
  readonly spill: Spill;
  readonly startByte: number;
  readonly endByteExclusive: number;
}

/** The sections that hold anything, in order. Throws ObjectNotFoundError when a spill is gone. */
export async function findSections(
  store: ObjectStore,
  spills: readonly Spill[],
  partition: number,
): Promise<Section[]> {
  const sections: Section[] = [];
  for (const spill of spills) {
    const { name, generation } = spill;
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.read(name, { generation, ...sectionEntry(partition) }))
      chunks.push(chunk);
    const range = decodeSectionEntry(Buffer.concat(chunks));
    if (range.endByteExclusive > range.startByte) sections.push({ spill, ...range });
  }
  return sections;
}

/** Calls `row` with the fields of every row, in the order of the table. Throws ObjectNotFoundError. */
export async function readSections(
  store: ObjectStore,
  sections: readonly Section[],
  row: (fields: readonly string[]) => void,
): Promise<void> {
  for (const { spill, startByte, endByteExclusive } of sections) {
    const range = { generation: spill.generation, startByte, endByteExclusive };
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of store.read(spill.name, range)) {
      const text = rest + decoder.decode(chunk, { stream: true });
      const end = text.lastIndexOf('\n') + 1;
      rest = text.slice(end);
      for (let from = 0; from < end; ) {
        const to = text.indexOf('\n', from);
        row(text.slice(from, to).split('\t'));
        from = to + 1;
      }
    }
  }
}
