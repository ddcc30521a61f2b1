/** Thousands of requests leave a service as large as the first thousand did, and as large as its function.json states. `npm run bench -- budget` sends 20,000. */

import { beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../infra/cli/find-function.ts';
import { loadFunctions } from '../../infra/registry/registry.ts';
import { idleMargins } from '../fixtures/load/idle-margins.ts';
import { MODEL_BOXES } from '../fixtures/load/load-asks.ts';
import { soak } from '../fixtures/load/soak.ts';
import { prepareModels } from '../fixtures/load/supervised-box.ts';

const REQUESTS = 3_000;
const DRIFT_LIMIT_MIB = 8;

beforeAll(prepareModels, 300_000);

test.each(MODEL_BOXES)(
  `$name holds the same after ${REQUESTS} requests as after 1,000`,
  async (model) => {
    const result = await soak(model, REQUESTS);
    if (process.env['PILLBOX_TEST_FIGURES'] === '1') console.log(model.name, result);
    expect(result.wrong).toEqual([]);
    expect(result.driftMiB).toBeLessThanOrEqual(DRIFT_LIMIT_MIB);
    const fn = (await loadFunctions(ROOT)).find(({ name }) => name === model.name);
    const { leastMiB, mostMiB } = idleMargins(fn?.config ?? {});
    expect(result.last.anonymous).toBeGreaterThan(leastMiB);
    expect(result.last.anonymous).toBeLessThan(mostMiB);
  },
  300_000,
);
