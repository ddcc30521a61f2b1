/** The objects of images and reports: made from a template and the ids of a record, and read back from their names. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { folderOf, type ObjectLocation, resolveLocation } from '../../shared/pipeline/object-location.ts';

/** What a template knows of a record; reports are of a study, and have no dicom_id. */
export interface FileIds {
  readonly subject_id: string;
  readonly study_id: string;
  readonly dicom_id: string;
}

type Field = keyof FileIds | 'subject_prefix';

const FIELD_PATTERN = /\{(subject_prefix|subject_id|study_id|dicom_id)\}/g;
const PATTERNS: Readonly<Record<Field, string>> = {
  subject_prefix: '\\d{1,2}',
  subject_id: '\\d{1,15}',
  study_id: '\\d{1,15}',
  dicom_id: '[\\w.-]{1,128}',
};

export class FileTemplate {
  /** Where the names lie, and what all of them begin with. */
  readonly bucket: string;
  readonly prefix: string;
  /** False: the names do not say whose they are, so that a list of them cannot be cut by subject. */
  readonly namesSubject: boolean;
  readonly #name: string;
  readonly #pattern: RegExp;
  readonly #fields: ReadonlySet<string>;

  /**
   * @param template as the job gives it, checked there.
   * @param metadata the table below whose folder names without a bucket lie.
   * Throws a TerminalError ('job-invalid').
   */
  constructor(template: string, metadata: ObjectLocation) {
    // Not resolved as a whole: braces are no matter for a name, and the ids come later.
    const location = resolveLocation(template, metadata.bucket, folderOf(metadata.name));
    if (location === undefined) {
      throw new TerminalError(
        'job-invalid',
        'job.json: join: a template has a field in the name of its bucket',
      );
    }
    this.bucket = location.bucket;
    this.#name = location.name;
    this.prefix = location.name.slice(0, firstField(location.name));
    this.#fields = new Set([...location.name.matchAll(FIELD_PATTERN)].map(([, field]) => field ?? ''));
    this.namesSubject = this.#fields.has('subject_id');
    this.#pattern = patternOf(location.name);
  }

  /** `gs://bucket/name` of the file of these ids. */
  urlOf(ids: FileIds): string {
    return `gs://${this.bucket}/${this.#fill(ids)}`;
  }

  /** The same for two files exactly if they are one, among the files of a subject. */
  keyOf({ study_id, dicom_id }: FileIds): string {
    const has = (field: string) => this.#fields.has(field);
    return `${has('study_id') ? study_id : ''}/${has('dicom_id') ? dicom_id : ''}`;
  }

  /** The ids in a name; undefined when the template does not make it. */
  parse(name: string): FileIds | undefined {
    const groups = this.#pattern.exec(name)?.groups;
    if (groups === undefined) return undefined;
    const { subject_id = '', study_id = '', dicom_id = '' } = groups;
    const ids = { subject_id, study_id, dicom_id };
    // Leading zeros, and a prefix of another subject.
    const isCanonical = [subject_id, study_id].every((id) => id === '' || String(Number(id)) === id);
    return isCanonical && this.#fill(ids) === name ? ids : undefined;
  }

  #fill(ids: FileIds): string {
    const values: Record<Field, string> = { ...ids, subject_prefix: ids.subject_id.slice(0, 2) };
    return this.#name.replaceAll(FIELD_PATTERN, (_, field: Field) => values[field]);
  }
}

function firstField(name: string): number {
  const place = name.search(FIELD_PATTERN);
  return place === -1 ? name.length : place;
}

/** The first place of a field takes its value, every other one must have the same. */
function patternOf(name: string): RegExp {
  const seen = new Set<string>();
  const parts = name.split(FIELD_PATTERN).map((part, i) => {
    if (i % 2 === 0) return RegExp.escape(part);
    if (seen.has(part)) return `\\k<${part}>`;
    seen.add(part);
    return `(?<${part}>${PATTERNS[part as Field]})`;
  });
  return new RegExp(`^${parts.join('')}$`);
}
