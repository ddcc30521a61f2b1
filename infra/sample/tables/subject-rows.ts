/** Turns a subject into the rows of all tables, and tells what else its studies need. */

import { createRandom } from '../random.ts';
import type { Study } from '../study.ts';
import { createSelector, createShares } from './exact-draws.ts';
import { describedStudy, inventFindings } from './findings.ts';
import { createIds } from './identifiers.ts';
import type { createDicomIds } from './pictures.ts';
import { PATIENT_HEADERS, type Subject } from './population.ts';
import { chosenImage, inventImages, labelRow, metadataRows, STUDY_HEADERS } from './study-rows.ts';
import { MAX_IMAGES_PER_STUDY, type TableCounts } from './table-counts.ts';
import type { PlacedStudy } from './timeline.ts';
import { inventVitals, stayRow, triageRow, VISIT_HEADERS, vitalRows } from './visit-rows.ts';

export const TABLE_HEADERS = { ...PATIENT_HEADERS, ...VISIT_HEADERS, ...STUDY_HEADERS } as const;
export type TableName = keyof typeof TABLE_HEADERS;

export interface WrittenStudy {
  readonly placed: PlacedStudy;
  readonly dicomIds: readonly string[];
  /** The one that the join chooses. */
  readonly chosen: string | undefined;
  /** What the report and the picture of an image say. */
  readonly describe: (dicomId: string) => Study;
}

type AddRow = (table: TableName, row: string) => void;

/** The n-th call must be for the n-th subject. Yields the subject's studies, by identifier. */
export function createSubjectRows(
  seed: string,
  counts: TableCounts,
  dicomIds: ReturnType<typeof createDicomIds>,
  add: AddRow,
): (subject: Subject) => Map<number, WrittenStudy> {
  const addVisits = createVisitRows(seed, counts, add);
  const addStudies = createStudyRows(seed, counts, dicomIds, add);
  return (subject) => {
    if (subject.patientRow !== undefined) add('hosp/patients.csv.gz', subject.patientRow);
    return addStudies(subject, addVisits(subject));
  };
}

/** Returns what each stay's patient suffers from: a study of that stay shows it. */
function createVisitRows(seed: string, counts: TableCounts, add: AddRow) {
  const stayIds = createIds(seed, 'stay');
  const hospitalIds = createIds(seed, 'hospital');
  const weigh = (uniform: number) => (uniform < 0.06 ? 0 : 0.5 + Math.min(12, (1 - uniform) ** -0.5));
  const drawVitals = createShares(
    { total: counts.vitals, parts: counts.stays, least: 0, weigh },
    seed,
    'tables',
    'vitals',
  );
  const lacksTriage = createSelector(counts.staysWithoutTriage, counts.stays, seed, 'tables', 'triage');
  let stays = 0;
  let strays = 0;
  return ({ person, timeline, random }: Subject) => {
    const findingsOf = new Map<number, Study['findings']>();
    for (const stay of timeline.stays) {
      const findings = inventFindings(random, person);
      findingsOf.set(stay.stayId, findings);
      const vitals = inventVitals(random, person, findings);
      add('ed/edstays.csv.gz', stayRow(random, person, stay, hospitalIds(stays)));
      // In the place of a missing row one of a stay that is in no other table, so that the numbers stay those of MIMIC.
      const triaged = lacksTriage() ? stayIds(counts.stays + strays++) : stay.stayId;
      add('ed/triage.csv.gz', triageRow(random, person, triaged, vitals));
      for (const row of vitalRows(random, person, stay, vitals, drawVitals()))
        add('ed/vitalsign.csv.gz', row);
      stays += 1;
    }
    return findingsOf;
  };
}

function createStudyRows(
  seed: string,
  counts: TableCounts,
  dicomIdsOf: ReturnType<typeof createDicomIds>,
  add: AddRow,
) {
  const { studies, images } = counts;
  const studyIds = createIds(seed, 'study');
  const extraSlots = MAX_IMAGES_PER_STUDY - 1;
  const hasExtra = createSelector(images - studies, studies * extraSlots, seed, 'tables', 'images');
  const lacksLabels = createSelector(counts.studiesWithoutLabels, studies, seed, 'tables', 'labels');
  const drawSplit = createSplits(seed);
  let written = 0;
  return ({ person, timeline, random }: Subject, findingsOf: ReadonlyMap<number, Study['findings']>) => {
    const made = new Map<number, WrittenStudy>();
    if (timeline.studies.length === 0) return made;
    const { subjectId } = person;
    const split = drawSplit();
    const placed = new Map(timeline.studies.map((study) => [studyIds(written++), study]));
    for (const [studyId, study] of [...placed].sort(([a], [b]) => a - b)) {
      const findings = findingsOf.get(study.stay?.stayId ?? 0) ?? inventFindings(random, person);
      let count = 1;
      for (let slot = 0; slot < extraSlots; slot += 1) count += hasExtra() ? 1 : 0;
      const dicomIds = dicomIdsOf(random, count);
      const pictured = inventImages(random, dicomIds, study.outcome !== 'no-image');
      for (const row of metadataRows(random, subjectId, studyId, study, pictured)) {
        add('mimic-cxr-2.0.0-metadata.csv.gz', row);
      }
      for (const id of dicomIds)
        add('mimic-cxr-2.0.0-split.csv.gz', `${id},${studyId},${subjectId},${split}`);
      if (!lacksLabels())
        add('mimic-cxr-2.0.0-chexpert.csv.gz', labelRow(random, subjectId, studyId, findings));
      const describe = (dicomId: string) => describedStudy(seed, person, studyId, dicomId, findings);
      made.set(studyId, { placed: study, dicomIds, chosen: chosenImage(pictured), describe });
    }
    return made;
  };
}

/** The first three subjects take one each, so that none is empty; of the others few are left out of training. */
function createSplits(seed: string): () => string {
  const random = createRandom(seed, 'tables', 'splits');
  const first = ['train', 'validate', 'test'];
  return () => {
    const uniform = random.next();
    return first.shift() ?? (uniform < 0.978 ? 'train' : uniform < 0.986 ? 'validate' : 'test');
  };
}
