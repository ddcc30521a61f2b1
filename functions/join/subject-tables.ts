/**
 * The rows of one partition, by subject, reduced while they are read: of duplicates the first, of vital signs the last
 * that was charted of each. What is held grows with stays, studies and files, not with vital signs.
 */

import { TRIAGE_FEATURES } from '../../shared/pipeline/clinical-features.ts';
import type { ScanName } from '../../shared/pipeline/join-plan.ts';
import { IMAGE } from './list-files.ts';
import type { Counter } from './read-cell.ts';
import type { Study, Subject } from './subject.ts';
import { NO_DICOM_ID, VITAL_SIGNS } from './table-shapes.ts';

type Fields = readonly string[];

/**
 * What is held of a row, in bytes, beside its text: read off the heap with 200,000 rows of each kind, rounded up. A map or
 * set is made for the first row of its kind of a subject.
 */
const COSTS = {
  subject: 160,
  collection: 240,
  patients: 60,
  edstays: 200,
  triage: 240,
  lastSigns: 220,
  chexpert: 60,
  split: 60,
  files: 60,
  study: 360,
  image: 60,
} as const;

export interface SubjectTablesOptions {
  readonly counter: Counter;
  /** Whether the image is there, as far as the files were listed. */
  readonly hasImage: (subject: Subject, study: string, dicomId: string) => boolean;
}

export class SubjectTables {
  readonly subjects = new Map<number, Subject>();
  /** About how much memory all of it takes. */
  heldBytes = 0;
  readonly #counter: Counter;
  readonly #hasImage: SubjectTablesOptions['hasImage'];

  constructor({ counter, hasImage }: SubjectTablesOptions) {
    this.#counter = counter;
    this.#hasImage = hasImage;
  }

  /** To be called with the rows of 'files' before those of 'metadata', and of 'edstays' before 'triage' and 'vitalsign'. */
  add(table: ScanName, fields: Fields): void {
    const [subjectId = '', ...rest] = fields;
    const id = Number(subjectId);
    let subject = this.subjects.get(id);
    if (subject === undefined) {
      subject = { id };
      this.subjects.set(id, subject);
      this.heldBytes += COSTS.subject;
    }
    const isNew = this.#addTo(subject, table, rest);
    if (!isNew) this.#counter.add(`${table}.duplicates`);
  }

  /** False when there was such a row before. */
  #addTo(subject: Subject, table: ScanName, fields: Fields): boolean {
    switch (table) {
      case 'patients':
        return this.#addPatient(subject, fields);
      case 'edstays':
        return this.#addStay(subject, fields);
      case 'triage':
        return this.#addTriage(subject, fields);
      case 'vitalsign':
        return this.#addVitalSigns(subject, fields);
      case 'chexpert':
        return this.#addLabels(subject, fields);
      case 'split':
        return this.#addSplit(subject, fields);
      case 'files':
        return this.#addFile(subject, fields);
      case 'metadata':
        return this.#addImage(subject, fields);
    }
  }

  #addTriage(subject: Subject, [stayId, ...cells]: Fields): boolean {
    const stay = subject.stays?.get(Number(stayId));
    if (stay === undefined) {
      this.#counter.add('triage.orphans');
      return true;
    }
    if (stay.triage !== undefined) return false;
    stay.triage = TRIAGE_FEATURES.map((_, i) => numberOf(cells[i]));
    stay.chiefComplaint = cells[TRIAGE_FEATURES.length] ?? '';
    this.#hold(COSTS.triage, cells);
    return true;
  }

  #addVitalSigns(subject: Subject, [stayId, time, ...cells]: Fields): boolean {
    const stay = subject.stays?.get(Number(stayId));
    if (stay === undefined) {
      this.#counter.add('vitalsign.orphans');
      return true;
    }
    if (stay.lastSigns === undefined) {
      stay.lastSigns = new Array<number>(2 * VITAL_SIGNS.length).fill(Number.NaN);
      this.heldBytes += COSTS.lastSigns;
    }
    const charted = Number(time);
    for (let i = 0; i < VITAL_SIGNS.length; i++) {
      const value = numberOf(cells[i]);
      const since = stay.lastSigns[VITAL_SIGNS.length + i] ?? Number.NaN;
      // Of rows of one time the later one; NaN is never greater.
      if (Number.isNaN(value) || since > charted) continue;
      stay.lastSigns[i] = value;
      stay.lastSigns[VITAL_SIGNS.length + i] = charted;
    }
    return true;
  }

  /** The table has a row for each image; those of a study should agree. */
  #addSplit(subject: Subject, [studyId, split = '']: Fields): boolean {
    subject.splits ??= this.#collection(new Map());
    const id = Number(studyId);
    const first = subject.splits.get(id);
    if (first === undefined) {
      subject.splits.set(id, split);
      this.heldBytes += COSTS.split;
    } else if (first !== split) this.#counter.add('split.conflicts');
    return true;
  }

  #addImage(subject: Subject, [studyId = '', dicomId = '', viewCell = '', time = '']: Fields): boolean {
    const study = this.#studyOf(subject, Number(studyId));
    const isNamed = dicomId !== NO_DICOM_ID;
    if (isNamed) {
      if (study.dicomIds.has(dicomId)) return false;
      study.dicomIds.add(dicomId);
      this.#hold(COSTS.image, [dicomId]);
    }
    const seconds = numberOf(time);
    if (!(seconds >= study.time)) study.time = Number.isNaN(seconds) ? study.time : seconds;
    if (viewCell === '' || !isNamed) return true;
    if (!this.#hasImage(subject, studyId, dicomId)) {
      this.#counter.add('images.missing');
      return true;
    }
    const view = Number(viewCell);
    const isBetter =
      study.view === undefined || view < study.view || (view === study.view && dicomId < study.dicomId);
    if (isBetter) Object.assign(study, { view, dicomId });
    return true;
  }

  #studyOf(subject: Subject, id: number): Study {
    subject.studies ??= this.#collection(new Map());
    const known = subject.studies.get(id);
    if (known !== undefined) return known;
    const study: Study = { id, time: Number.NaN, view: undefined, dicomId: '', dicomIds: new Set() };
    subject.studies.set(id, study);
    this.heldBytes += COSTS.study;
    return study;
  }

  #addPatient(subject: Subject, [age, year]: Fields): boolean {
    if (subject.anchor !== undefined) return false;
    subject.anchor = { age: numberOf(age), year: numberOf(year) };
    this.heldBytes += COSTS.patients;
    return true;
  }

  #addStay(subject: Subject, fields: Fields): boolean {
    const [stayId, intime, outtime, gender = '', race = '', arrivalTransport = ''] = fields;
    const id = Number(stayId);
    subject.stays ??= this.#collection(new Map());
    if (subject.stays.has(id)) return false;
    const [from, to] = [numberOf(intime), numberOf(outtime)];
    subject.stays.set(id, { id, intime: from, outtime: to, gender, race, arrivalTransport });
    this.#hold(COSTS.edstays, fields);
    return true;
  }

  #addLabels(subject: Subject, [studyId, ...cells]: Fields): boolean {
    subject.labels ??= this.#collection(new Map());
    const id = Number(studyId);
    if (subject.labels.has(id)) return false;
    subject.labels.set(id, cells.join(','));
    this.#hold(COSTS.chexpert, cells);
    return true;
  }

  #addFile(subject: Subject, [kind, key = '']: Fields): boolean {
    const of = kind === IMAGE ? 'images' : 'reports';
    subject[of] ??= this.#collection(new Set());
    subject[of].add(key);
    this.#hold(COSTS.files, [key]);
    return true;
  }

  #collection<T>(made: T): T {
    this.heldBytes += COSTS.collection;
    return made;
  }

  #hold(cost: number, texts: Fields): void {
    this.heldBytes += cost;
    for (const text of texts) this.heldBytes += text.length;
  }
}

function numberOf(cell: string | undefined): number {
  return cell === undefined || cell === '' ? Number.NaN : Number(cell);
}
