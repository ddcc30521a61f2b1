/** Body, lungs, mediastinum, heart and abdomen: everything that is one smooth shade a pixel. */

import type { Random } from '../random.ts';
import type { Side } from '../study.ts';
import { type Anatomy, cageHalfWidth, lungFloor, SIDES, SIGN, smoothstep } from './anatomy.ts';
import { addWithin, type Field } from './field.ts';

/** Draws all of it and returns how much of each pixel's path is lung, 0 to 1, for those who draw inside the lungs. */
export function drawSoftTissue(field: Field, anatomy: Anatomy): Float32Array<ArrayBuffer> {
  const { columns, rows, values } = field;
  const lung = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row += 1) {
    const y = row / columns;
    const middle = anatomy.middle + anatomy.lean * (y - 0.6);
    const line = rowShape(anatomy, y);
    for (let column = 0; column < columns; column += 1) {
      const x = column / columns - middle;
      const offset = Math.abs(x);
      const side = x < 0 ? 'right' : 'left';
      const air = lungDepth(anatomy, line, side, offset, y);
      const centre = centralDensity(anatomy, line, side, offset, y);
      const at = row * columns + column;
      lung[at] = air * (1 - 0.8 * Math.min(1, centre / 0.3));
      values[at] = bodyDensity(anatomy, line, offset, y) - 0.56 * air + centre * (0.35 + 0.65 * air);
    }
  }
  return lung;
}

/** Gas in the stomach and bowel, breast or pectoral shadows: what differs from one patient to the next. */
export function drawVariations(field: Field, anatomy: Anatomy, sex: 'F' | 'M', random: Random): void {
  const bottom = field.rows / field.columns;
  for (let bubble = random.integer(1, 4); bubble > 0; bubble -= 1) {
    const x = anatomy.middle + random.uniform(0.05, 0.24);
    const y = anatomy.dome.left + random.uniform(0.05, 0.2);
    darkBubble(field, x, y, random.uniform(0.018, 0.05), random.uniform(0.05, 0.12));
  }
  const strength = sex === 'F' ? 0.05 + 0.07 * anatomy.habitus : 0.03;
  for (const side of SIDES) {
    const x = anatomy.middle + SIGN[side] * random.normal(0.21, 0.01);
    const y = anatomy.dome[side] - random.uniform(0.03, 0.1);
    addWithin(field, { left: x - 0.2, right: x + 0.2, top: y - 0.26, bottom }, (px, py) => {
      const distance = Math.hypot((px - x) / 0.17, (py - y) / (py < y ? 0.24 : 0.11));
      return strength * (1 - smoothstep(0.75, 1.02, distance));
    });
  }
}

interface RowShape {
  readonly torso: number;
  readonly cage: number;
  readonly mediastinum: number;
  readonly trachea: number;
  readonly heartHalf: Readonly<Record<Side, number>>;
}

/** What depends on the height alone, worked out once a row. */
function rowShape(anatomy: Anatomy, y: number): RowShape {
  const neck = 0.135 + 0.02 * anatomy.habitus;
  const slope = smoothstep(0.04, 0.2, y) ** 1.4;
  const hips = 0.02 * Math.cos((y - 0.6) * 5);
  const torso = neck + (anatomy.halfWidth + 0.065 + 0.045 * anatomy.habitus - neck + hips) * slope;
  const t = (y - anatomy.heartCentre) / (y < anatomy.heartCentre ? 0.3 : 0.19);
  const bulge = Math.abs(t) < 1 ? (1 - Math.abs(t) ** 2.1) ** 0.8 : 0;
  const tilt = smoothstep(-1, 0.4, t);
  return {
    torso,
    cage: cageHalfWidth(anatomy, y),
    mediastinum: 0.05 + 0.03 * Math.exp(-(((y - 0.47) / 0.1) ** 2)) + 0.02 * smoothstep(0.3, 0.12, y),
    trachea: smoothstep(0.42, 0.38, y) * smoothstep(-0.02, 0.05, y),
    heartHalf: {
      right: anatomy.heart.right * bulge,
      left: anatomy.heart.left * bulge * (0.62 + 0.38 * tilt),
    },
  };
}

function bodyDensity(anatomy: Anatomy, line: RowShape, offset: number, y: number): number {
  const across = Math.min(1, offset / line.torso);
  const torso =
    smoothstep(line.torso + 0.006, line.torso - 0.03, offset) * (0.33 + 0.4 * Math.sqrt(1 - across * across));
  // The arms hang beside the torso; a wedge of air opens between them below the armpit.
  const armpit = 0.5 + 0.05 * anatomy.habitus;
  const inner = line.torso - 0.06 + 0.24 * smoothstep(armpit - 0.06, 1.0, y);
  const shoulderTop = 0.135 + 0.42 * Math.max(0, offset - 0.4) - 0.3 * Math.max(0, 0.4 - offset);
  const arm =
    smoothstep(inner - 0.006, inner + 0.04, offset) *
    smoothstep(shoulderTop - 0.01, shoulderTop + 0.09, y) *
    0.4;
  const shoulder =
    0.2 * Math.exp(-(((offset - 0.42) / 0.13) ** 2 + ((y - 0.27) / 0.13) ** 2)) * smoothstep(0.1, 0.2, y);
  const abdomen = 0.28 * smoothstep(0.72, 1.0, y) * smoothstep(line.torso, line.torso - 0.12, offset);
  return (
    Math.max(torso, arm) +
    shoulder +
    abdomen +
    0.06 * anatomy.habitus * smoothstep(line.torso, line.torso - 0.05, offset)
  );
}

function lungDepth(anatomy: Anatomy, line: RowShape, side: Side, offset: number, y: number): number {
  if (offset > line.cage || y < anatomy.apex - 0.02) return 0;
  const across = offset / line.cage;
  const wall = smoothstep(line.cage, line.cage - 0.022, offset);
  const inner = smoothstep(line.mediastinum - 0.03, line.mediastinum + 0.012, offset);
  const floor = lungFloor(anatomy, side, offset);
  const sharpness = anatomy.effusion[side] > 0 ? 0.035 : 0.011;
  const bottom = smoothstep(floor + sharpness, floor - sharpness, y);
  const thickness = 0.74 + 0.26 * Math.sqrt(Math.max(0, 1 - across * across));
  const lower = 1 - 0.17 * smoothstep(0.55, 0.86, y);
  return wall * inner * bottom * thickness * lower * smoothstep(anatomy.apex - 0.02, anatomy.apex + 0.05, y);
}

function centralDensity(anatomy: Anatomy, line: RowShape, side: Side, offset: number, y: number): number {
  const spine = 0.07 * smoothstep(0.066, 0.034, offset);
  const mediastinum = 0.24 * smoothstep(line.mediastinum + 0.02, line.mediastinum - 0.035, offset);
  const half = line.heartHalf[side];
  const floor = lungFloor(anatomy, side, offset);
  const above = smoothstep(floor + 0.03, floor - 0.01, y);
  const heart =
    half > 0 ? 0.47 * smoothstep(half + 0.007, half - 0.04, offset) * smoothstep(0, 0.05, half) * above : 0;
  const knob = side === 'left' ? knobDensity(anatomy, offset, y) : 0;
  const trachea = 0.13 * line.trachea * smoothstep(0.027, 0.017, offset);
  return spine + Math.max(mediastinum, heart, knob) + 0.1 * Math.min(mediastinum, heart) - trachea;
}

function knobDensity(anatomy: Anatomy, offset: number, y: number): number {
  const distance = Math.hypot(offset - 0.055, (y - 0.37) * 0.85) / (anatomy.aorticKnob + 0.012);
  return 0.3 * smoothstep(1.05, 0.72, distance);
}

function darkBubble(field: Field, x: number, y: number, radius: number, depth: number): void {
  addWithin(field, { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius }, (px, py) => {
    return -depth * smoothstep(1, 0.4, Math.hypot((px - x) / radius, (py - y) / (0.75 * radius)));
  });
}
