/** Whether a model fits its box, from what was measured when it was packed. */

import { TerminalError } from '../errors/terminal-error.ts';

/** What a service holds beside its model and Node: its HTTP app, the image decoder, and the images of one request. */
export const SERVICE_RESERVE_MIB = 32;

export interface Fit {
  /** Of a process with the model alone. */
  readonly peakMiB: number;
  readonly limitMiB: number;
}

export function fits({ peakMiB, limitMiB }: Fit): boolean {
  return peakMiB + SERVICE_RESERVE_MIB <= limitMiB;
}

/** For a service, before it loads. Throws a TerminalError ('model-invalid') with both numbers. */
export function requireFit(model: string, fit: Fit): void {
  if (fits(fit)) return;
  throw new TerminalError('model-invalid', `${model} does not fit: ${fitText(fit)}`);
}

export function fitText({ peakMiB, limitMiB }: Fit): string {
  const needed = Math.ceil(peakMiB) + SERVICE_RESERVE_MIB;
  return `a service with it needs ${needed} MiB (${Math.ceil(peakMiB)} measured and ${SERVICE_RESERVE_MIB} for the service), the limit is ${limitMiB} MiB`;
}
