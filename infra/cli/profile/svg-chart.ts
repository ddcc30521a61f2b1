/** Draws memory curves as a picture: one panel a curve, resident and own memory, the limit, and what happened when. */

import type { MemorySample } from './memory-curve.ts';
import { svgScale, timeTicks, valueTicks } from './svg-scale.ts';

export interface SvgPanel {
  readonly title: string;
  readonly samples: readonly MemorySample[];
  readonly marks: readonly { readonly ms: number; readonly label: string }[];
}

export interface SvgChart {
  readonly title: string;
  readonly limitMiB: number;
  readonly panels: readonly SvgPanel[];
}

const MIB = 1024 * 1024;
const WIDTH = 900;
const HEAD_HEIGHT = 64;
const PANEL_HEIGHT = 330;
const PLOT = { left: 68, right: 872, top: 46, bottom: 276 } as const;
/** Room above the limit or the peak, for their labels. */
const HEADROOM = 1.08;
const COLOURS = { resident: '#2563eb', own: '#0f766e', limit: '#b91c1c', grid: '#e5e7eb', text: '#1f2937' };
const STYLE = [
  `text{font:13px sans-serif;fill:${COLOURS.text}}`,
  '.h{font-size:17px;font-weight:600}.t{font-size:14px;font-weight:600}.m{text-anchor:middle}.e{text-anchor:end}',
  `.grid{stroke:${COLOURS.grid}}.axis{stroke:${COLOURS.text}}`,
  `.limit{stroke:${COLOURS.limit};stroke-width:1.5;stroke-dasharray:7 4}.mark{stroke:#6b7280;stroke-dasharray:2 3}`,
].join('');

/** A whole SVG document, without references to anything outside it. */
export function svgChart({ title, limitMiB, panels }: SvgChart): string {
  const height = HEAD_HEIGHT + panels.length * PANEL_HEIGHT;
  const peakMiB = Math.max(0, ...panels.map((panel) => peakOf(panel.samples)));
  // One scale for all panels: they are there to be compared.
  const topMiB = Math.max(limitMiB, peakMiB) * HEADROOM;
  const drawn = panels.map(
    (panel, index) =>
      `<g transform="translate(0 ${HEAD_HEIGHT + index * PANEL_HEIGHT})">${drawPanel(panel, limitMiB, topMiB)}</g>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">`,
    `<title>${escapeXml(title)}</title><style>${STYLE}</style><rect width="100%" height="100%" fill="#fff"/>`,
    `<text class="h" x="${PLOT.left}" y="30">${escapeXml(title)}</text>${drawLegend()}`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function drawLegend(): string {
  const entry = (x: number, colour: string, text: string) =>
    `<rect x="${x}" y="43" width="16" height="10" fill="${colour}"/><text x="${x + 22}" y="53">${text}</text>`;
  return [
    entry(PLOT.left, COLOURS.resident, 'resident'),
    entry(PLOT.left + 110, COLOURS.own, 'anonymous (its own, without pages of files)'),
    entry(PLOT.left + 450, COLOURS.limit, 'limit'),
  ].join('');
}

function drawPanel({ title, samples, marks }: SvgPanel, limitMiB: number, topMiB: number): string {
  const lastMs = Math.max(1, samples.at(-1)?.ms ?? 0, ...marks.map((mark) => mark.ms));
  const x = svgScale(lastMs, PLOT.left, PLOT.right);
  const y = svgScale(topMiB, PLOT.bottom, PLOT.top);
  const limitY = y(limitMiB);
  return [
    `<text class="t" x="${PLOT.left}" y="18">${escapeXml(title)}</text>`,
    ...valueTicks(topMiB).map(
      (mib) =>
        `<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(mib)}" y2="${y(mib)}"/><text class="e" x="${PLOT.left - 8}" y="${y(mib) + 4}">${mib}</text>`,
    ),
    ...timeTicks(lastMs).map(
      (ms) =>
        `<line class="axis" x1="${x(ms)}" x2="${x(ms)}" y1="${PLOT.bottom}" y2="${PLOT.bottom + 5}"/><text class="m" x="${x(ms)}" y="${PLOT.bottom + 20}">${ms}</text>`,
    ),
    `<text class="m" x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 40}">milliseconds</text>`,
    `<text class="m" transform="translate(18 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)">MiB</text>`,
    curve(samples, (sample) => sample.residentBytes, COLOURS.resident, x, y),
    curve(samples, (sample) => sample.anonymousBytes, COLOURS.own, x, y),
    ...marks.map((mark, index) => drawMark(mark, index, x(mark.ms))),
    `<line class="limit" x1="${PLOT.left}" x2="${PLOT.right}" y1="${limitY}" y2="${limitY}"/>`,
    `<text class="e" x="${PLOT.right}" y="${limitY - 6}" style="fill:${COLOURS.limit}">limit ${limitMiB} MiB</text>`,
    `<path class="axis" fill="none" d="M${PLOT.left} ${PLOT.top}V${PLOT.bottom}H${PLOT.right}"/>`,
  ].join('\n');
}

/** A line, and the area below it. Nothing where the system does not tell this figure. */
function curve(
  samples: readonly MemorySample[],
  bytesOf: (sample: MemorySample) => number | undefined,
  colour: string,
  x: (ms: number) => number,
  y: (mib: number) => number,
): string {
  const points = samples.flatMap((sample) => {
    const bytes = bytesOf(sample);
    return bytes === undefined ? [] : [{ x: x(sample.ms), y: y(bytes / MIB) }];
  });
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return '';
  const line = points.map((point) => `${point.x} ${point.y}`).join('L');
  const area = `M${line}L${last.x} ${PLOT.bottom}L${first.x} ${PLOT.bottom}Z`;
  return `<path fill="${colour}" fill-opacity=".13" d="${area}"/><path fill="none" stroke="${colour}" stroke-width="2" d="M${line}"/>`;
}

/** Labels of marks that lie close together stand on lines of their own, and turn inwards at the right edge. */
function drawMark({ label }: { readonly label: string }, index: number, x: number): string {
  const isLate = x > PLOT.right - 80;
  const labelY = PLOT.top + 36 + 15 * index;
  return `<line class="mark" x1="${x}" x2="${x}" y1="${PLOT.top}" y2="${PLOT.bottom}"/><text${isLate ? ' class="e"' : ''} x="${isLate ? x - 5 : x + 5}" y="${labelY}">${escapeXml(label)}</text>`;
}

export function peakOf(samples: readonly MemorySample[]): number {
  return samples.reduce((most, { residentBytes }) => Math.max(most, residentBytes), 0) / MIB;
}

function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '<': '&lt;',
    '>': '&gt;',
    '&': '&amp;',
    '"': '&quot;',
  };
  return text.replaceAll(/[<>&"]/g, (character) => entities[character] ?? '');
}
