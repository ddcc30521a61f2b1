/**
 * The tables that can be joined: the columns that are read of each, and how a row is cut down to what the join needs.
 * A row becomes fields of plain text, the subject first; see subject-tables.ts for who reads them.
 */

import { CHEXPERT_LABELS } from '../../shared/pipeline/chexpert-labels.ts';
import { TRIAGE_FEATURES } from '../../shared/pipeline/clinical-features.ts';
import type { JoinOptions, TableName } from '../../shared/pipeline/join-plan.ts';
import {
  type ColumnCounts,
  type Counter,
  readDicomId,
  readId,
  readNumber,
  readStudyTime,
  readTime,
  readWords,
} from './read-cell.ts';

/** Empty: there is nothing in it to join. */
export type Fields = readonly string[];

/** Is told the column of an id that cannot be used. */
export type TellBadId = (column: string) => void;

export interface TableShape {
  /** By name in the header, in any place. */
  readonly columns: readonly string[];
  /** @param cells of `columns`, in their order, without blanks around them. */
  project(cells: readonly string[], tellBadId: TellBadId): Fields;
}

/** All but acuity, which is charted at triage alone. */
export const VITAL_SIGNS = TRIAGE_FEATURES.slice(0, -1);
/** Wide enough for every year that a table may state. */
const YEARS = { min: 1000, max: 9999 };
const AGES = { min: 0, max: 130 };
/** The split of MIMIC-CXR-JPG calls it so. */
const SPLIT_NAMES = new Map([
  ['train', 'train'],
  ['validate', 'val'],
  ['val', 'val'],
  ['test', 'test'],
]);
const LABELS = { min: -1, max: 1 };
/** In place of a dicom_id that cannot be used. */
export const NO_DICOM_ID = '';

/** @param counter is told what is missing or cannot be right, by table and column. */
export function tableShape(table: TableName, { views }: JoinOptions, counter: Counter): TableShape {
  const counts = (column: string) => columnCounts(counter, `${table}.${column}`);
  switch (table) {
    case 'patients':
      return patients(counts);
    case 'edstays':
      return edstays(counts);
    case 'triage':
      return triage(counts);
    case 'vitalsign':
      return vitalsign(counts);
    case 'chexpert':
      return chexpert(counts);
    case 'split':
      return split(counts);
    case 'metadata':
      return metadata(counts, views);
  }
}

type CountsOf = (column: string) => ColumnCounts;

function columnCounts(counter: Counter, name: string): ColumnCounts {
  return {
    missing: () => counter.add(`${name}.missing`),
    unreadable: () => counter.add(`${name}.unreadable`),
    implausible: () => counter.add(`${name}.implausible`),
  };
}

function patients(counts: CountsOf): TableShape {
  const [age, year] = [counts('anchor_age'), counts('anchor_year')];
  return {
    columns: ['subject_id', 'anchor_age', 'anchor_year'],
    project([subject = '', ageCell = '', yearCell = ''], tellBadId) {
      const id = readId(subject);
      if (id !== undefined) return [id, readNumber(ageCell, AGES, age), readNumber(yearCell, YEARS, year)];
      tellBadId('subject_id');
      return [];
    },
  };
}

function edstays(counts: CountsOf): TableShape {
  const words = ['gender', 'race', 'arrival_transport'] as const;
  const wordCounts = words.map(counts);
  const [arrival, departure] = [counts('intime'), counts('outtime')];
  return {
    columns: ['subject_id', 'stay_id', 'intime', 'outtime', ...words],
    project([subject = '', stay = '', intimeCell = '', outtimeCell = '', ...texts], tellBadId) {
      const ids = readIds(subject, ['stay_id', stay], tellBadId);
      if (ids === undefined) return [];
      const intime = readTime(intimeCell, arrival);
      let outtime = readTime(outtimeCell, departure);
      if (intime !== '' && outtime !== '' && Number(outtime) < Number(intime)) {
        departure.implausible();
        outtime = '';
      }
      const rest = wordCounts.map((column, i) => readWords(texts[i] ?? '', column));
      return [...ids, intime, outtime, ...rest];
    },
  };
}

function triage(counts: CountsOf): TableShape {
  const complaint = counts('chiefcomplaint');
  const featureCounts = TRIAGE_FEATURES.map(({ name }) => counts(name));
  return {
    columns: ['subject_id', 'stay_id', ...TRIAGE_FEATURES.map(({ name }) => name), 'chiefcomplaint'],
    project([subject = '', stay = '', ...cells], tellBadId) {
      const ids = readIds(subject, ['stay_id', stay], tellBadId);
      if (ids === undefined) return [];
      const values = readFeatures(cells, TRIAGE_FEATURES, featureCounts);
      return [...ids, ...values, readWords(cells[TRIAGE_FEATURES.length] ?? '', complaint)];
    },
  };
}

function vitalsign(counts: CountsOf): TableShape {
  const charttime = counts('charttime');
  const signCounts = VITAL_SIGNS.map(({ name }) => counts(name));
  return {
    columns: ['subject_id', 'stay_id', 'charttime', ...VITAL_SIGNS.map(({ name }) => name)],
    project([subject = '', stay = '', timeCell = '', ...cells], tellBadId) {
      const ids = readIds(subject, ['stay_id', stay], tellBadId);
      if (ids === undefined) return [];
      const time = readTime(timeCell, charttime);
      const values = readFeatures(cells, VITAL_SIGNS, signCounts);
      return time === '' || values.every((value) => value === '') ? [] : [...ids, time, ...values];
    },
  };
}

function chexpert(counts: CountsOf): TableShape {
  const labelCounts = CHEXPERT_LABELS.map(counts);
  return {
    columns: ['subject_id', 'study_id', ...CHEXPERT_LABELS],
    project([subject = '', study = '', ...cells], tellBadId) {
      const ids = readIds(subject, ['study_id', study], tellBadId);
      if (ids === undefined) return [];
      const labels = labelCounts.map((column, i) => readLabel(cells[i] ?? '', column));
      return [...ids, ...labels];
    },
  };
}

function split(counts: CountsOf): TableShape {
  const column = counts('split');
  return {
    columns: ['subject_id', 'study_id', 'split'],
    project([subject = '', study = '', cell = ''], tellBadId) {
      const ids = readIds(subject, ['study_id', study], tellBadId);
      if (ids === undefined) return [];
      const name = SPLIT_NAMES.get(cell);
      if (name === undefined) cell === '' ? column.missing() : column.unreadable();
      return name === undefined ? [] : [...ids, name];
    },
  };
}

function metadata(counts: CountsOf, views: readonly string[]): TableShape {
  const [viewCounts, timeCounts] = [counts('ViewPosition'), counts('StudyTime')];
  return {
    columns: ['subject_id', 'study_id', 'dicom_id', 'ViewPosition', 'StudyDate', 'StudyTime'],
    project([subject = '', study = '', dicom = '', view = '', date = '', time = ''], tellBadId) {
      const ids = readIds(subject, ['study_id', study], tellBadId);
      if (ids === undefined) return [];
      // The study is there all the same, with its time: only this image of it cannot be named.
      const dicomId = readDicomId(dicom) ?? NO_DICOM_ID;
      if (dicomId === NO_DICOM_ID) tellBadId('dicom_id');
      if (view === '') viewCounts.missing();
      const wanted = views.indexOf(view);
      const place = wanted === -1 ? '' : String(wanted);
      return [...ids, dicomId, place, readStudyTime(date, time, timeCounts)];
    },
  };
}

/** The subject and the other id, or undefined where one of them cannot be used: the first that cannot is told. */
function readIds(
  subject: string,
  [column, cell]: readonly [column: string, cell: string],
  tellBadId: TellBadId,
): readonly [string, string] | undefined {
  const [subjectId, id] = [readId(subject), readId(cell)];
  if (subjectId !== undefined && id !== undefined) return [subjectId, id];
  tellBadId(subjectId === undefined ? 'subject_id' : column);
  return undefined;
}

function readFeatures(
  cells: readonly string[],
  features: readonly { min: number; max: number }[],
  counts: readonly ColumnCounts[],
): string[] {
  return counts.map((column, i) => {
    const range = features[i];
    return range === undefined ? '' : readNumber(cells[i] ?? '', range, column);
  });
}

/** An empty cell means "not mentioned", which nothing is wrong with. */
function readLabel(cell: string, column: ColumnCounts): string {
  if (cell === '') return '';
  const value = readNumber(cell, LABELS, column);
  if (value === '' || Number.isInteger(Number(value))) return value === '-0' ? '0' : value;
  column.implausible();
  return '';
}
