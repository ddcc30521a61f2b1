/** A bar of a function's memory against its limit: `[====--   ]` is resident, the most it ever held, and what is left. */

export interface MemoryBarOptions {
  readonly residentMiB: number;
  /** The most it ever held. */
  readonly peakMiB: number;
  readonly limitMiB: number;
  /** Characters, brackets included; at least 4. */
  readonly width: number;
}

/** Never longer than `width`, whatever is above the limit. */
export function memoryBar({ residentMiB, peakMiB, limitMiB, width }: MemoryBarOptions): string {
  const inner = width - 2;
  const cells = (mib: number) => Math.min(inner, Math.max(0, Math.round((mib / limitMiB) * inner)));
  const resident = cells(residentMiB);
  const peak = Math.max(resident, cells(peakMiB));
  return `[${'='.repeat(resident)}${'-'.repeat(peak - resident)}${' '.repeat(inner - peak)}]`;
}
