/** The shape of one chest in numbers: every length is a fraction of the picture's width, y grows downwards. */

import type { Side, Study } from '../study.ts';

export interface Anatomy {
  /** x of the middle line; the whole chest is drawn around it. */
  readonly middle: number;
  /** How far the middle line leans over the picture's height. */
  readonly lean: number;
  readonly apex: number;
  /** Greatest inner half width of the rib cage. */
  readonly halfWidth: number;
  /** y of the top of each half of the diaphragm. */
  readonly dome: Readonly<Record<Side, number>>;
  readonly effusion: Readonly<Record<Side, number>>;
  /** Half width of the heart shadow on each side of the middle line. */
  readonly heart: Readonly<Record<Side, number>>;
  readonly heartCentre: number;
  readonly aorticKnob: number;
  /** Thickness of soft tissue over everything, 0 to 1. */
  readonly habitus: number;
}

/** The patient faces the viewer: the right side of the body lies left in the picture. */
export const SIGN: Readonly<Record<Side, -1 | 1>> = { right: -1, left: 1 };
export const SIDES: readonly Side[] = ['right', 'left'];

export function shapeChest(study: Study): Anatomy {
  const random = study.random('anatomy');
  const { findings, sex, habitus, age } = study;
  const halfWidth = random.normal(sex === 'M' ? 0.37 : 0.35, 0.008);
  const apex = random.normal(0.175, 0.012);
  const dome = 0.835 + 0.05 * findings.inflation + random.normal(0, 0.012);
  const heartWidth = findings.cardiothoracicRatio * 2 * halfWidth;
  const rightShare = random.uniform(0.29, 0.35);
  return {
    middle: random.normal(0.5, 0.012),
    lean: random.normal(0, 0.012),
    apex,
    halfWidth,
    dome: { right: dome, left: dome + random.uniform(0.012, 0.035) },
    effusion: findings.effusion,
    heart: { right: heartWidth * rightShare, left: heartWidth * (1 - rightShare) },
    heartCentre: dome - 0.115 + random.normal(0, 0.008),
    aorticKnob: 0.022 + age / 5000 + random.uniform(0, 0.008),
    habitus,
  };
}

/** Inner half width of the rib cage at height `y`. */
export function cageHalfWidth(anatomy: Anatomy, y: number): number {
  const widest = 0.78;
  const t = Math.min(1, Math.max(0, (y - anatomy.apex + 0.012) / (widest - anatomy.apex)));
  return anatomy.halfWidth * (1 - (1 - t) ** 2.7) ** 0.62;
}

/** y of the upper face of the diaphragm, or of the fluid over it, at `offset` from the middle line. */
export function lungFloor(anatomy: Anatomy, side: Side, offset: number): number {
  const dome = anatomy.dome[side];
  const from = offset - 0.17;
  const floor = dome + (from > 0 ? 2.9 * from * from : 0.9 * from * from);
  const fluid = anatomy.effusion[side];
  if (fluid === 0) return floor;
  // Fluid climbs along the chest wall: a meniscus.
  const climb = Math.max(0, offset / anatomy.halfWidth - 0.45);
  return Math.min(floor, dome + 0.075 - fluid * (0.07 + 0.55 * climb * climb));
}

/** 0 outside the range, 1 inside, smooth between `from` and `to`. */
export function smoothstep(from: number, to: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}
