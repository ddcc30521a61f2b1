/** `npm run bench -- <name>`: runs one benchmark, prints its figures and writes them to .pillbox/bench. */

import { type Figure, showFigures } from './figures.ts';

const BENCHES: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  budget: async () => (await import('./budget.ts')).benchBudget(),
  // The trees last: their processes take much of the machine's memory.
  models: async () => [
    ...(await (await import('./models.ts')).benchModels()),
    ...(await (await import('./models-trees.ts')).benchTrees()),
  ],
  faults: async () => (await import('./faults.ts')).benchFaults(),
  pipeline: async () => (await import('./pipeline.ts')).benchPipeline(),
  throughput: async () => (await import('./cloud-throughput.ts')).benchThroughput(),
  'record-image': async () => (await import('./record-image.ts')).benchRecordImage(),
};

const [name = ''] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`bench: give one of ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else {
  showFigures(name, await bench());
}
