/** A small grey picture in floating point, measured in fractions of its width, and the two brushes that draw on it. */

export interface Field {
  readonly columns: number;
  readonly rows: number;
  /** Row by row; what a value means is up to who draws. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** A point of a stroke: where, how thick, how strong. */
export interface StrokePoint {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly amount: number;
}

/** Strength across a stroke: 1 at its middle line (0), 0 from its edge (1) on. */
export type Profile = (distance: number) => number;

export const softProfile: Profile = (distance) => (1 - distance * distance) ** 2;
/** A tube: its wall is denser along the edges than over the middle. */
export const tubeProfile: Profile = (distance) =>
  distance < 0.7 ? 0.6 + 0.8 * distance ** 2 : 1 - ((distance - 0.7) / 0.3) ** 2;

export function createField(columns: number, rows: number): Field {
  return { columns, rows, values: new Float32Array(columns * rows) };
}

/** Adds a polyline; a pixel takes its value from the segment nearest to it alone, so that joints leave no dots. */
export function stroke(field: Field, points: readonly StrokePoint[], profile: Profile): void {
  const { columns, rows, values } = field;
  const box = bounds(field, points);
  const width = box.right - box.left;
  if (width <= 0 || box.bottom <= box.top) return;
  const drawn = new Float32Array(width * (box.bottom - box.top));
  const nearest = new Float32Array(drawn.length).fill(1);
  for (let index = 1; index < points.length; index += 1) {
    const from = points[index - 1];
    const to = points[index];
    if (from !== undefined && to !== undefined)
      drawSegment({ drawn, nearest, box, scale: columns }, from, to, profile);
  }
  for (let row = box.top; row < Math.min(box.bottom, rows); row += 1) {
    for (let column = box.left; column < box.right; column += 1) {
      const at = row * columns + column;
      values[at] = (values[at] ?? 0) + (drawn[(row - box.top) * width + column - box.left] ?? 0);
    }
  }
}

/** Calls `shade` for each pixel of the box and adds what it returns. */
export function addWithin(
  field: Field,
  area: { left: number; top: number; right: number; bottom: number },
  shade: (x: number, y: number) => number,
): void {
  const { columns, rows, values } = field;
  const right = Math.min(columns, Math.ceil(area.right * columns));
  const bottom = Math.min(rows, Math.ceil(area.bottom * columns));
  for (let row = Math.max(0, Math.floor(area.top * columns)); row < bottom; row += 1) {
    for (let column = Math.max(0, Math.floor(area.left * columns)); column < right; column += 1) {
      const at = row * columns + column;
      values[at] = (values[at] ?? 0) + shade(column / columns, row / columns);
    }
  }
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** One stroke on its own, before it is added. */
interface Layer {
  readonly drawn: Float32Array;
  /** Distance of each pixel from the line, in radii. */
  readonly nearest: Float32Array;
  readonly box: Box;
  /** Pixels of the field for a length of 1. */
  readonly scale: number;
}

function bounds({ columns, rows }: Field, points: readonly StrokePoint[]): Box {
  let [left, top, right, bottom] = [columns, rows, 0, 0];
  for (const { x, y, radius } of points) {
    left = Math.min(left, Math.floor((x - radius) * columns));
    right = Math.max(right, Math.ceil((x + radius) * columns) + 1);
    top = Math.min(top, Math.floor((y - radius) * columns));
    bottom = Math.max(bottom, Math.ceil((y + radius) * columns) + 1);
  }
  return {
    left: Math.max(0, left),
    top: Math.max(0, top),
    right: Math.min(columns, right),
    bottom: Math.min(rows, bottom),
  };
}

function drawSegment(
  { drawn, nearest, box, scale }: Layer,
  from: StrokePoint,
  to: StrokePoint,
  profile: Profile,
): void {
  const reach = Math.max(from.radius, to.radius) * scale;
  const [fromX, fromY] = [from.x * scale, from.y * scale];
  const [dx, dy] = [to.x * scale - fromX, to.y * scale - fromY];
  const lengthSquared = dx * dx + dy * dy || 1;
  const width = box.right - box.left;
  const top = Math.max(box.top, Math.floor(Math.min(fromY, fromY + dy) - reach));
  const bottom = Math.min(box.bottom, Math.ceil(Math.max(fromY, fromY + dy) + reach) + 1);
  const left = Math.max(box.left, Math.floor(Math.min(fromX, fromX + dx) - reach));
  const right = Math.min(box.right, Math.ceil(Math.max(fromX, fromX + dx) + reach) + 1);
  for (let row = top; row < bottom; row += 1) {
    for (let column = left; column < right; column += 1) {
      const along = Math.min(1, Math.max(0, ((column - fromX) * dx + (row - fromY) * dy) / lengthSquared));
      const radius = (from.radius + (to.radius - from.radius) * along) * scale;
      const aside = column - fromX - along * dx;
      const below = row - fromY - along * dy;
      const distance = Math.sqrt(aside * aside + below * below) / radius;
      const at = (row - box.top) * width + column - box.left;
      if (distance >= (nearest[at] ?? 1)) continue;
      nearest[at] = distance;
      drawn[at] = (from.amount + (to.amount - from.amount) * along) * profile(distance);
    }
  }
}
