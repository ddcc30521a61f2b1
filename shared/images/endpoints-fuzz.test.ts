import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from 'vitest';
import { boxProcessOptions } from '../../infra/local/supervisor/box-process-options.ts';
import { type BadRequest, type Material, makeBadRequest } from '../../test/fixtures/fuzz/bad-requests.ts';
import { MARK } from '../../test/fixtures/fuzz/mark.ts';
import { largePictures, smallPictures } from '../../test/fixtures/fuzz/pictures.ts';
import { type Answer, sendBadRequest } from '../../test/fixtures/fuzz/send-bad-request.ts';
import { parseProcStatus } from '../budget/memory-meter.ts';

const ROOT = join(import.meta.dirname, '../..');
/** To each of the two services. Others are found by `PILLBOX_FUZZ_REQUESTS=12000 PILLBOX_FUZZ_SEED=2`, which also reports. */
const REQUESTS = Number(process.env['PILLBOX_FUZZ_REQUESTS'] ?? 2500);
const SEED = process.env['PILLBOX_FUZZ_SEED'] ?? '1';
const REPORTS = process.env['PILLBOX_FUZZ_REQUESTS'] !== undefined;
const LIMIT_MIB = 256;
/** What stays free below the limit at the highest, and how much more is held after the second half than after the first. */
const SPARE_MIB = 24;
const GROWTH_MIB = 32;
const MIB = 1024 * 1024;
const FAULTS_OF_THE_CALLER = [400, 404, 405, 413, 415, 422];

let pictures: Pick<Material, 'small' | 'large'>;
beforeAll(async () => {
  pictures = { small: await smallPictures(), large: await largePictures() };
});

describe.skipIf(!existsSync('/proc/self/status')).each([
  { box: 'diabetes', model: 'retina' },
  { box: 'heart', model: 'ecg' },
] as const)('$box', ({ box, model }) => {
  test(
    `${REQUESTS} bad requests: each is answered, nothing comes back or is logged, memory stays`,
    async () => {
      const service = startService(box, model);
      try {
        const first = await fuzz(service, { from: 0, to: REQUESTS / 2 });
        const second = await fuzz(service, { from: REQUESTS / 2, to: REQUESTS });
        if (REPORTS) console.log(box, first, second);
        for (const status of [200, ...FAULTS_OF_THE_CALLER])
          expect((first.statuses[status] ?? 0) + (second.statuses[status] ?? 0), `${status}`).toBeGreaterThan(
            5,
          );
        expect(second.peakMiB).toBeLessThan(LIMIT_MIB - SPARE_MIB);
        expect(second.residentMiB - first.residentMiB).toBeLessThan(GROWTH_MIB);
      } finally {
        service.child.kill('SIGTERM');
      }
      expect(await service.errors).toBe('');
      const lines = ((await service.output) ?? '').trim().split('\n');
      expect(lines.filter((line) => line.includes(MARK) || line.includes('"ERROR"'))).toEqual([]);
      expect(lines.length).toBeGreaterThan(REQUESTS * 0.95);
    },
    60_000 + REQUESTS * 100,
  );
});

async function fuzz(
  { child, port, box, model }: Service,
  { from, to }: { readonly from: number; readonly to: number },
) {
  const row = JSON.parse(
    readFileSync(join(ROOT, 'functions', box, 'models', `${box}.card.json`), 'utf8'),
  ).example;
  const material: Material = { ...pictures, row };
  const statuses: Record<number, number> = {};
  let slowestMs = 0;
  for (let number = from; number < to; number++) {
    const bad = makeBadRequest({ seed: `${SEED} ${box}`, number, picturePath: `/${model}` }, material);
    const startMs = performance.now();
    const answer = await sendBadRequest(await port, bad);
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
    const about = `number ${number}: ${bad.about}, ${bad.travel}, ${bad.path}`;
    expect(child.exitCode ?? child.signalCode, `the service ended at ${about}`).toBe(null);
    checkAnswer(answer, bad, about);
    statuses[answer?.status ?? 0] = (statuses[answer?.status ?? 0] ?? 0) + 1;
  }
  return { statuses, slowestMs, ...memoryOf(child) };
}

function checkAnswer(answer: Answer | undefined, { travel }: BadRequest, about: string): void {
  if (answer === undefined) {
    expect(['cut', 'longer', 'shorter'], about).toContain(travel);
    return;
  }
  const { status, contentType, headers, text: body } = answer;
  // Not HTTP any more: Node itself answers, below the service.
  if (['longer', 'shorter'].includes(travel) && status === 400 && body === '') return;
  expect(body, about).not.toContain(MARK);
  if (status === 200) {
    expect(contentType, about).toMatch(/^(application\/json|image\/png)/);
    return;
  }
  if (status === 503) expect(headers['retry-after'], about).toMatch(/^\d+$/);
  else expect(FAULTS_OF_THE_CALLER, about).toContain(status);
  expect(contentType, about).toMatch(/^application\/problem\+json/);
  expect(JSON.parse(body), about).toMatchObject({
    status,
    code: expect.any(String),
    title: expect.any(String),
  });
}

type Service = ReturnType<typeof startService>;

function startService(box: string, model: string) {
  const { nodeFlags, env } = boxProcessOptions(LIMIT_MIB);
  const entry = join(ROOT, 'test/fixtures/fuzz/image-service-process.ts');
  const child = spawn(process.execPath, [...nodeFlags, entry, box, model], {
    env: { PATH: process.env['PATH'], ...env, PILLBOX_LISTEN_HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const port = once(child, 'message').then(
    ([message]: { listeningPort?: number }[]) => message?.listeningPort ?? 0,
  );
  const [output, errors] = [child.stdout, child.stderr].map((stream) =>
    stream === null ? '' : text(stream),
  );
  return { box, model, child, port, output, errors };
}

function memoryOf({ pid }: ChildProcess) {
  const reading = parseProcStatus(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (reading === undefined) throw new Error('the service has ended');
  return { peakMiB: reading.peakBytes / MIB, residentMiB: reading.residentBytes / MIB };
}
