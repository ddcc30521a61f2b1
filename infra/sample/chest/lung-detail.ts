/** What is seen inside the lungs: vessels that branch out from the hila, opacities, and a cloud of faint texture. */

import type { Random } from '../random.ts';
import type { Opacity, Side, Zone } from '../study.ts';
import { type Anatomy, SIDES, SIGN } from './anatomy.ts';
import { createField, type Field, type StrokePoint, softProfile, stroke } from './field.ts';

const ZONE_HEIGHT: Readonly<Record<Zone, number>> = { upper: 0.2, mid: 0.5, lower: 0.8 };

/** Adds the detail, weighted by `lung` (0 to 1 a pixel), so that nothing of it lies outside the lungs. */
export function drawLungDetail(
  field: Field,
  lung: Float32Array,
  anatomy: Anatomy,
  opacities: readonly Opacity[],
  random: Random,
): void {
  const detail = createField(field.columns, field.rows);
  for (const side of SIDES) drawVessels(detail, anatomy, side, random);
  for (const opacity of opacities) drawOpacity(detail, anatomy, opacity, random);
  const { values } = field;
  for (let at = 0; at < values.length; at += 1) {
    values[at] = (values[at] ?? 0) + (detail.values[at] ?? 0) * Math.min(1, 1.25 * (lung[at] ?? 0));
  }
}

/** Cloudy texture over the whole picture: tissue is never of one shade. */
export function drawTexture(field: Field, random: Random): void {
  for (const [cells, amount] of [
    [7, 0.03],
    [19, 0.018],
    [47, 0.012],
  ] as const)
    addClouds(field, cells, amount, random);
}

function drawVessels(field: Field, anatomy: Anatomy, side: Side, random: Random): void {
  const hilumX = anatomy.middle + SIGN[side] * random.normal(0.092, 0.006);
  const hilumY = (side === 'left' ? 0.465 : 0.485) + random.normal(0, 0.01);
  for (let knot = 0; knot < 7; knot += 1) {
    const x = hilumX + SIGN[side] * random.normal(0.008, 0.014);
    const y = hilumY + random.normal(0.015, 0.035);
    const radius = random.uniform(0.015, 0.03);
    stroke(
      field,
      [
        { x, y, radius, amount: 0.075 },
        { x: x + 0.004, y: y + 0.012, radius, amount: 0.065 },
      ],
      softProfile,
    );
  }
  const trunks = 13;
  for (let trunk = 0; trunk < trunks; trunk += 1) {
    const angle = -1.3 + (2.75 * (trunk + random.next())) / trunks;
    branch(
      field,
      side,
      {
        x: hilumX + SIGN[side] * random.normal(0, 0.012),
        y: hilumY + random.normal(0.005, 0.035),
        angle,
        radius: random.uniform(0.006, 0.0095),
        depth: 0,
      },
      random,
    );
  }
}

interface Branch {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly radius: number;
  readonly depth: number;
}

function branch(field: Field, side: Side, from: Branch, random: Random): void {
  let { x, y, angle } = from;
  const length = random.uniform(0.07, 0.13) * 0.82 ** from.depth;
  const points: StrokePoint[] = [];
  for (let step = 0; step <= 5; step += 1) {
    const radius = from.radius * (1 - 0.06 * step);
    points.push({ x, y, radius: Math.max(0.0022, radius), amount: 0.018 + 9.5 * radius });
    x += (SIGN[side] * Math.cos(angle) * length) / 5;
    y += (Math.sin(angle) * length) / 5;
    angle += random.normal(0, 0.15);
  }
  stroke(field, points, softProfile);
  if (from.depth === 4) return;
  const spread = random.uniform(0.2, 0.42);
  for (const turn of [-spread, spread * random.uniform(0.6, 1.2)]) {
    branch(
      field,
      side,
      { x, y, angle: angle + turn, radius: from.radius * 0.7, depth: from.depth + 1 },
      random,
    );
  }
}

/** A patch of many overlapping soft blots, denser towards its middle: airspace disease has no outline. */
function drawOpacity(field: Field, anatomy: Anatomy, opacity: Opacity, random: Random): void {
  const floor = anatomy.dome[opacity.side];
  const centreY = anatomy.apex + (floor - anatomy.apex) * ZONE_HEIGHT[opacity.zone];
  const centreX =
    anatomy.middle + SIGN[opacity.side] * anatomy.halfWidth * (opacity.zone === 'upper' ? 0.5 : 0.62);
  for (let blot = 0; blot < 46; blot += 1) {
    const x = centreX + random.normal(0, opacity.radius * 0.55);
    const y = centreY + random.normal(0, opacity.radius * 0.5);
    const radius = opacity.radius * random.uniform(0.15, 0.75);
    stroke(
      field,
      [
        { x, y, radius, amount: 0 },
        { x: x + radius / 3, y: y + radius / 4, radius, amount: 0.075 * opacity.density },
      ],
      softProfile,
    );
  }
}

/** Value noise: random numbers on a coarse grid, joined smoothly. */
function addClouds({ columns, rows, values }: Field, cells: number, amount: number, random: Random): void {
  const side = cells + 2;
  const grid = Float32Array.from({ length: side * (Math.ceil((cells * rows) / columns) + 2) }, () =>
    random.uniform(-amount, amount),
  );
  for (let row = 0; row < rows; row += 1) {
    const gridY = (row / columns) * cells;
    const top = Math.floor(gridY);
    const down = ease(gridY - top);
    for (let column = 0; column < columns; column += 1) {
      const gridX = (column / columns) * cells;
      const left = Math.floor(gridX);
      const over = ease(gridX - left);
      const at = top * side + left;
      const upper = mix(grid[at] ?? 0, grid[at + 1] ?? 0, over);
      const lower = mix(grid[at + side] ?? 0, grid[at + side + 1] ?? 0, over);
      const pixel = row * columns + column;
      values[pixel] = (values[pixel] ?? 0) + mix(upper, lower, down);
    }
  }
}

const ease = (t: number) => t * t * (3 - 2 * t);
const mix = (from: number, to: number, t: number) => from + (to - from) * t;
