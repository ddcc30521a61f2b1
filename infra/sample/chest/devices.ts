/** What is not the patient: a pacemaker with its lead, and the side marker that the radiographer lays down. */

import type { Anatomy } from './anatomy.ts';
import { addWithin, type Field, softProfile, stroke } from './field.ts';

/** A generator below the left clavicle and a lead through the vein to the tip of the right ventricle. */
export function drawPacemaker(field: Field, anatomy: Anatomy): void {
  const x = anatomy.middle + 0.27;
  const y = anatomy.apex + 0.16;
  addWithin(field, { left: x - 0.05, right: x + 0.05, top: y - 0.045, bottom: y + 0.045 }, (px, py) => {
    const distance = ((px - x) / 0.047) ** 4 + ((py - y) / 0.041) ** 4;
    return distance < 1 ? 0.55 + 0.12 * Math.sin(px * 300) * Math.sin(py * 260) : 0;
  });
  const lead = [
    [x - 0.03, y - 0.03],
    [x - 0.1, y - 0.075],
    [anatomy.middle + 0.03, y - 0.03],
    [anatomy.middle - 0.04, y + 0.03],
    [anatomy.middle - 0.05, y + 0.2],
    [anatomy.middle - 0.03, y + 0.37],
    [anatomy.middle + 0.06, y + 0.44],
    [anatomy.middle + 0.14, y + 0.425],
  ] as const;
  stroke(
    field,
    lead.map(([px, py]) => ({ x: px, y: py, radius: 0.0035, amount: 0.5 })),
    softProfile,
  );
}

/** A letter L of lead at the patient's left. */
export function drawSideMarker(field: Field): void {
  const bar = (left: number, top: number, right: number, bottom: number) =>
    addWithin(field, { left, top, right, bottom }, () => 1.2);
  bar(0.93, 0.03, 0.937, 0.075);
  bar(0.937, 0.0685, 0.957, 0.075);
}
