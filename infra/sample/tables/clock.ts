/** Times as the tables write them; inside, a time is whole seconds since 1970. */

import type { Random } from '../random.ts';

export const HOUR_S = 3600;
export const DAY_S = 24 * HOUR_S;

/** `2180-05-06 22:23:00` */
export function dateTimeText(timeS: number): string {
  const text = new Date(timeS * 1000).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)}`;
}

/** `2180-05-06` */
export const dateText = (timeS: number) => new Date(timeS * 1000).toISOString().slice(0, 10);
export const yearOf = (timeS: number) => new Date(timeS * 1000).getUTCFullYear();
export const startOfYear = (year: number) => Date.UTC(year, 0, 1) / 1000;

export interface StudyTime {
  /** `21800506` */
  readonly date: string;
  /** `213014.531`, and `85130.0` for nine minutes to nine: a number, so without its leading zeros. */
  readonly time: string;
}

export function studyTimeText(timeS: number, random: Random): StudyTime {
  const text = new Date(timeS * 1000).toISOString();
  const seconds = Number(text.slice(11, 19).replaceAll(':', ''));
  const thousandths = random.chance(0.35) ? 0 : random.integer(1, 999);
  const fraction = String(thousandths).padStart(3, '0').replace(/0+$/, '') || '0';
  return { date: text.slice(0, 10).replaceAll('-', ''), time: `${seconds}.${fraction}` };
}

/** A date or a time that no calendar or clock has, or none. */
export function badStudyTimeText(timeS: number, random: Random): StudyTime {
  const good = studyTimeText(timeS, random);
  return random.pick([
    { ...good, time: '' },
    { ...good, date: '' },
    { ...good, time: '251530.0' },
    { ...good, time: '126015.25' },
    { ...good, time: 'unknown' },
    { ...good, date: `${good.date.slice(0, 4)}1305` },
    { ...good, date: `${good.date.slice(0, 4)}0230` },
    { ...good, date: good.date.slice(0, 6) },
  ]);
}
