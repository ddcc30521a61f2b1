/** Ribs, clavicles, shoulder blades, the humeral heads and the spine's segments. */

import type { Random } from '../random.ts';
import type { Side } from '../study.ts';
import { type Anatomy, cageHalfWidth, SIDES, SIGN } from './anatomy.ts';
import { type Field, type StrokePoint, softProfile, stroke, tubeProfile } from './field.ts';

const RIBS = 10;
const RIB_SPACING = 0.066;

export function drawBones(field: Field, anatomy: Anatomy, random: Random): void {
  const strength = random.uniform(0.85, 1.15);
  for (const side of SIDES) {
    for (let rib = 0; rib < RIBS; rib += 1) drawRib(field, anatomy, side, rib, strength, random);
    drawClavicle(field, anatomy, side, strength, random);
    drawShoulder(field, anatomy, side, strength, random);
  }
  drawSpine(field, anatomy, strength);
}

/** From the spine outwards and down to the side of the cage, then, fainter, forwards to the breastbone. */
function drawRib(
  field: Field,
  anatomy: Anatomy,
  side: Side,
  rib: number,
  strength: number,
  random: Random,
): void {
  const start = anatomy.apex - 0.012 + rib * RIB_SPACING * (1 + 0.012 * rib) + random.normal(0, 0.002);
  const turn = start + 0.05 + 0.012 * rib;
  const reach = cageHalfWidth(anatomy, turn) + 0.002;
  const radius = 0.0102 + random.uniform(0, 0.0015);
  const at = (x: number, y: number, amount: number): StrokePoint => ({
    x: anatomy.middle + SIGN[side] * x,
    y,
    radius,
    amount: amount * strength,
  });
  const back = steps(18).map((s) => {
    const out = Math.sin((s * Math.PI) / 2);
    return at(
      0.05 + (reach - 0.05) * out,
      start - 0.016 * Math.sin(Math.PI * s) + (turn - start) * s ** 2.6,
      (0.075 - 0.012 * s) * Math.min(1, 0.15 + 5 * s),
    );
  });
  stroke(field, back, tubeProfile);
  if (rib > 6) return;
  const drop = 0.1 + 0.018 * rib;
  const front = steps(16).map((s) => {
    const out = Math.cos((s * Math.PI) / 2);
    return at(0.13 + (reach - 0.13) * out, turn + drop * s ** 0.8 - 0.03 * s * s, 0.062 * (1 - s ** 1.5));
  });
  stroke(field, front, tubeProfile);
}

function drawClavicle(field: Field, anatomy: Anatomy, side: Side, strength: number, random: Random): void {
  const inner = anatomy.apex + 0.065 + random.normal(0, 0.006);
  const rise = random.uniform(0.055, 0.085);
  const points = steps(20).map((s) => ({
    x: anatomy.middle + SIGN[side] * (0.045 + 0.335 * s),
    y: inner - rise * s - 0.018 * Math.sin(2 * Math.PI * s),
    radius: 0.0155 - 0.003 * Math.sin(Math.PI * s),
    amount: 0.105 * strength * Math.min(1, 6 * s, 0.35 + 6 * (1 - s)),
  }));
  stroke(field, points, tubeProfile);
}

function drawShoulder(field: Field, anatomy: Anatomy, side: Side, strength: number, random: Random): void {
  const x = (offset: number) => anatomy.middle + SIGN[side] * offset;
  const top = anatomy.apex + 0.03 + random.normal(0, 0.006);
  const outline = (points: readonly (readonly [number, number])[], radius: number, amount: number) =>
    stroke(
      field,
      points.map(([offset, y]) => ({ x: x(offset), y, radius, amount: amount * strength })),
      softProfile,
    );
  const blade = [
    [0.43, top + 0.03],
    [0.4, top + 0.1],
    [0.385, top + 0.2],
    [0.37, top + 0.32],
    [0.35, top + 0.4],
  ] as const;
  outline(blade, 0.011, 0.085);
  outline(
    [
      [0.43, top + 0.03],
      [0.39, top + 0.045],
      [0.33, top + 0.03],
    ],
    0.012,
    0.08,
  );
  // The upper arm: a round head and the shaft below it.
  outline(
    [
      [0.475, top + 0.065],
      [0.478, top + 0.075],
    ],
    0.055,
    0.16,
  );
  outline(
    [
      [0.488, top + 0.1],
      [0.505, top + 0.42],
    ],
    0.032,
    0.13,
  );
}

function drawSpine(field: Field, anatomy: Anatomy, strength: number): void {
  const bottom = field.rows / field.columns;
  const gap = 0.051;
  for (let y = 0.02; y < bottom; y += gap) {
    const x = anatomy.middle + anatomy.lean * (y - 0.6);
    const fade = 1 - 0.35 * (y / bottom);
    const across = [-0.034, 0.034].map((dx) => ({
      x: x + dx,
      y,
      radius: 0.007,
      amount: -0.035 * strength * fade,
    }));
    stroke(field, across, softProfile);
    const middle = y + gap / 2;
    stroke(field, spot(x, middle + 0.004, 0.009, 0.05 * strength * fade), softProfile);
    for (const dx of [-0.026, 0.026])
      stroke(field, spot(x + dx, middle, 0.008, 0.04 * strength * fade), tubeProfile);
  }
}

function spot(x: number, y: number, radius: number, amount: number): StrokePoint[] {
  return [
    { x, y: y - radius / 2, radius, amount },
    { x, y: y + radius / 2, radius, amount },
  ];
}

function steps(count: number): number[] {
  return Array.from({ length: count + 1 }, (_, index) => index / count);
}
