/** Both model services with 64 clients at once, well and badly behaved: nothing is killed, nobody is left without answer. */

import { beforeAll, expect, test } from 'vitest';
import { largeAsks, loadAsks, MODEL_BOXES, named } from '../fixtures/load/load-asks.ts';
import { answeredIn, type LoadResult, runTimedLoad } from '../fixtures/load/run-load.ts';
import { prepareModels, type SupervisedBox, withSupervisedBox } from '../fixtures/load/supervised-box.ts';

const CLIENTS = 64;
const SECONDS = Number(process.env['PILLBOX_LOAD_SECONDS'] ?? 60);
const LARGE_SECONDS = 12;
/** A box without a budget does not last as long. */
const KILLED_WITHIN_SECONDS = 40;

beforeAll(prepareModels, 300_000);

test.each(MODEL_BOXES)(
  '$name bears 64 clients: every answer is what it should be, or 503 with Retry-After',
  async (model) => {
    const asks = await loadAsks(model);
    await withSupervisedBox({ name: model.name, budget: 'on' }, async (box) => {
      const result = await runTimedLoad({ base: box.base, asks, clients: CLIENTS, seconds: SECONDS });
      await report(`${model.name}, budget on`, result, box);
      const { kills, restarts } = box.stats();
      expect({ wrong: result.wrong, kills, restarts, notices: box.notices }).toEqual({
        wrong: [],
        kills: 0,
        restarts: 0,
        notices: [],
      });
      // Both sides were at work, and not merely turned away.
      expect(result.answered.get(named(asks, 'row').name)).toBeGreaterThan(0);
      expect(result.answered.get(named(asks, 'small JPEG').name)).toBeGreaterThan(0);
    });
  },
  (SECONDS + 120) * 1000,
);

test.each(MODEL_BOXES)(
  '$name without its budget is killed by large pictures at once',
  async (model) => {
    const asks = await largeAsks(model);
    await withSupervisedBox({ name: model.name, budget: 'off' }, async (box) => {
      const goesOn = () => box.stats().kills === 0;
      const load = { base: box.base, asks, clients: CLIENTS, seconds: KILLED_WITHIN_SECONDS, goesOn };
      await report(`${model.name}, budget off`, await runTimedLoad(load), box);
      expect(box.stats().kills).toBeGreaterThan(0);
    });
  },
  (KILLED_WITHIN_SECONDS + 120) * 1000,
);

test.each(MODEL_BOXES)(
  '$name with its budget bears the same large pictures at once',
  async (model) => {
    const asks = await largeAsks(model);
    await withSupervisedBox({ name: model.name, budget: 'on' }, async (box) => {
      const result = await runTimedLoad({ base: box.base, asks, clients: CLIENTS, seconds: LARGE_SECONDS });
      await report(`${model.name}, large pictures, budget on`, result, box);
      expect({ wrong: result.wrong, kills: box.stats().kills }).toEqual({ wrong: [], kills: 0 });
      expect(answeredIn(result)).toBeGreaterThan(0);
    });
  },
  (LARGE_SECONDS + 120) * 1000,
);

/** PILLBOX_TEST_FIGURES=1 prints what was measured. */
async function report(what: string, result: LoadResult, box: SupervisedBox): Promise<void> {
  if (process.env['PILLBOX_TEST_FIGURES'] !== '1') return;
  const { peakMiB, enforcedBy, kills, recycles, requests } = box.stats();
  const { busy, gone, seconds } = result;
  console.log(
    what,
    { peakMiB, enforcedBy, kills, recycles, requests, answered: answeredIn(result), busy, gone, seconds },
    result.answered,
    result.wrong.slice(0, 10),
    await box.metrics(),
  );
}
