/** Reads `--queue name=rate,concurrency,target`: a queue in the fields of the REST API. */

import { InvalidArgumentError } from 'commander';

export interface QueueOption {
  readonly name: string;
  readonly perSecond?: number;
  readonly concurrency?: number;
  readonly target?: URL;
}

/** Each part after the name may be left out: `resize`, `resize=5`, `resize=,2`, `resize=5,2,http://localhost:3000/resize`. */
export function parseQueueOption(text: string): QueueOption {
  const [, name = '', rest = ''] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (!/^[A-Za-z0-9-]{1,100}$/.test(name)) {
    throw new InvalidArgumentError(
      'Its name must be of letters, digits and hyphens: NAME=RATE,CONCURRENCY,TARGET.',
    );
  }
  const [rate = '', concurrency = '', ...target] = rest.split(',');
  return {
    name,
    ...(rate !== '' && { perSecond: numberOf(rate, 500, 'rate') }),
    ...(concurrency !== '' && { concurrency: wholeOf(concurrency) }),
    ...(target.length > 0 && { target: targetOf(target.join(',')) }),
  };
}

/** A queue resource, as the configuration file has it. @param parent projects/PROJECT/locations/LOCATION */
export function toQueueResource(
  { name, perSecond, concurrency, target }: QueueOption,
  parent: string,
): object {
  return {
    name: `${parent}/queues/${name}`,
    rateLimits: {
      ...(perSecond !== undefined && { maxDispatchesPerSecond: perSecond }),
      ...(concurrency !== undefined && { maxConcurrentDispatches: concurrency }),
    },
    ...(target !== undefined && { httpTarget: { uriOverride: toUriOverride(target) } }),
  };
}

/** A target without a path leaves each task its own. */
function toUriOverride({ protocol, hostname, port, pathname, search }: URL): object {
  return {
    scheme: protocol === 'https:' ? 'HTTPS' : 'HTTP',
    host: hostname,
    ...(port !== '' && { port: Number(port) }),
    ...(pathname !== '/' && { pathOverride: { path: pathname } }),
    ...(search !== '' && { queryOverride: { queryParams: search.slice(1) } }),
  };
}

function numberOf(text: string, most: number, what: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= most) return value;
  throw new InvalidArgumentError(`Its ${what} must be a number above 0, ${most} at most.`);
}

function wholeOf(text: string): number {
  const value = numberOf(text, 5000, 'concurrency');
  if (Number.isInteger(value)) return value;
  throw new InvalidArgumentError('Its concurrency must be a whole number.');
}

function targetOf(text: string): URL {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  throw new InvalidArgumentError('Its target must be a URL of http or https.');
}
