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

/** Undefined: the row has no id that can be used. Empty: there is nothing in it to join. */
export type Fields = readonly string[] | undefined;

export interface TableShape {
  /** By name in the header, in any place. */
  readonly columns: readonly string[];
  /** @param cells of `columns`, in their order, without blanks around them. */
  project(cells: readonly string[]): Fields;
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
    project([subject = '', ageCell = '', yearCell = '']) {
      const id = readId(subject);
      return id === undefined
        ? undefined
        : [id, readNumber(ageCell, AGES, age), readNumber(yearCell, YEARS, year)];
    },
  };
}

function edstays(counts: CountsOf): TableShape {
  const words = ['gender', 'race', 'arrival_transport'] as const;
  const wordCounts = words.map(counts);
  const [arrival, departure] = [counts('intime'), counts('outtime')];
  return {
    columns: ['subject_id', 'stay_id', 'intime', 'outtime', ...words],
    project([subject = '', stay = '', intimeCell = '', outtimeCell = '', ...texts]) {
      const [subjectId, stayId] = [readId(subject), readId(stay)];
      if (subjectId === undefined || stayId === undefined) return undefined;
      const intime = readTime(intimeCell, arrival);
      let outtime = readTime(outtimeCell, departure);
      if (intime !== '' && outtime !== '' && Number(outtime) < Number(intime)) {
        departure.implausible();
        outtime = '';
      }
      const rest = wordCounts.map((column, i) => readWords(texts[i] ?? '', column));
      return [subjectId, stayId, intime, outtime, ...rest];
    },
  };
}

function triage(counts: CountsOf): TableShape {
  const complaint = counts('chiefcomplaint');
  const featureCounts = TRIAGE_FEATURES.map(({ name }) => counts(name));
  return {
    columns: ['subject_id', 'stay_id', ...TRIAGE_FEATURES.map(({ name }) => name), 'chiefcomplaint'],
    project([subject = '', stay = '', ...cells]) {
      const [subjectId, stayId] = [readId(subject), readId(stay)];
      if (subjectId === undefined || stayId === undefined) return undefined;
      const values = readFeatures(cells, TRIAGE_FEATURES, featureCounts);
      return [subjectId, stayId, ...values, readWords(cells[TRIAGE_FEATURES.length] ?? '', complaint)];
    },
  };
}

function vitalsign(counts: CountsOf): TableShape {
  const charttime = counts('charttime');
  const signCounts = VITAL_SIGNS.map(({ name }) => counts(name));
  return {
    columns: ['subject_id', 'stay_id', 'charttime', ...VITAL_SIGNS.map(({ name }) => name)],
    project([subject = '', stay = '', timeCell = '', ...cells]) {
      const [subjectId, stayId] = [readId(subject), readId(stay)];
      if (subjectId === undefined || stayId === undefined) return undefined;
      const time = readTime(timeCell, charttime);
      const values = readFeatures(cells, VITAL_SIGNS, signCounts);
      return time === '' || values.every((value) => value === '') ? [] : [subjectId, stayId, time, ...values];
    },
  };
}

function chexpert(counts: CountsOf): TableShape {
  const labelCounts = CHEXPERT_LABELS.map(counts);
  return {
    columns: ['subject_id', 'study_id', ...CHEXPERT_LABELS],
    project([subject = '', study = '', ...cells]) {
      const [subjectId, studyId] = [readId(subject), readId(study)];
      if (subjectId === undefined || studyId === undefined) return undefined;
      const labels = labelCounts.map((column, i) => readLabel(cells[i] ?? '', column));
      return [subjectId, studyId, ...labels];
    },
  };
}

function split(counts: CountsOf): TableShape {
  const column = counts('split');
  return {
    columns: ['subject_id', 'study_id', 'split'],
    project([subject = '', study = '', cell = '']) {
      const [subjectId, studyId] = [readId(subject), readId(study)];
      if (subjectId === undefined || studyId === undefined) return undefined;
      const name = SPLIT_NAMES.get(cell);
      if (name === undefined) cell === '' ? column.missing() : column.unreadable();
      return name === undefined ? [] : [subjectId, studyId, name];
    },
  };
}

function metadata(counts: CountsOf, views: readonly string[]): TableShape {
  const [viewCounts, timeCounts] = [counts('ViewPosition'), counts('StudyTime')];
  return {
    columns: ['subject_id', 'study_id', 'dicom_id', 'ViewPosition', 'StudyDate', 'StudyTime'],
    project([subject = '', study = '', dicom = '', view = '', date = '', time = '']) {
      const [subjectId, studyId, dicomId] = [readId(subject), readId(study), readDicomId(dicom)];
      if (subjectId === undefined || studyId === undefined || dicomId === undefined) return undefined;
      if (view === '') viewCounts.missing();
      const wanted = views.indexOf(view);
      const place = wanted === -1 ? '' : String(wanted);
      return [subjectId, studyId, dicomId, place, readStudyTime(date, time, timeCounts)];
    },
  };
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
