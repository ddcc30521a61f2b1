/** The images and reports that are there, as rows of one more table: whose they are, which of the two, and their key. */

import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { FileTemplate } from './file-names.ts';
import type { FileTemplates } from './join-options.ts';

export const IMAGE = 'i';
export const REPORT = 'r';

/**
 * Rows of subject, IMAGE or REPORT, and the file's key. Nothing for a template whose names do not say whose file it is.
 * Objects under one prefix are listed once.
 */
export async function* listFiles(
  openStore: (bucket: string) => ObjectStore,
  { images, reports }: FileTemplates,
): AsyncIterable<readonly [string, string, string]> {
  const kinds = [
    { kind: IMAGE, template: images },
    { kind: REPORT, template: reports },
  ].filter(({ template }) => template.namesSubject);
  const placeOf = ({ bucket, prefix }: FileTemplate) => `${bucket}/${prefix}`;
  for (const place of new Set(kinds.map(({ template }) => placeOf(template)))) {
    const here = kinds.filter(({ template }) => placeOf(template) === place);
    const [first] = here;
    if (first === undefined) continue;
    const { bucket, prefix } = first.template;
    for await (const { name } of openStore(bucket).list(prefix)) {
      for (const { kind, template } of here) {
        const ids = template.parse(name);
        if (ids !== undefined) yield [ids.subject_id, kind, template.keyOf(ids)];
      }
    }
  }
}
