import { expect, test } from 'vitest';
import { TerminalError } from '../errors/terminal-error.ts';
import { createImageModel, type LoadedModel } from './image-model.ts';

const CARD = { sha256: 'a' };
const OTHER = { sha256: 'b' };

/** Counts what happens to a model, and holds the idle timer in the test's hand. */
function world() {
  const seen = { opened: 0, released: 0, loaded: 0, mostLoaded: 0 };
  const timers = new Set<() => void>();
  const model: LoadedModel = {
    run: async (input) => input,
    release: async () => {
      seen.released += 1;
      seen.loaded -= 1;
    },
  };
  const options = {
    open: async () => {
      seen.opened += 1;
      await new Promise((resolve) => setImmediate(resolve));
      seen.loaded += 1;
      seen.mostLoaded = Math.max(seen.mostLoaded, seen.loaded);
      return model;
    },
    schedule: (callback: () => void) => {
      timers.add(callback);
      return () => timers.delete(callback);
    },
  };
  const passIdleTime = () => {
    for (const timer of timers) timer();
    timers.clear();
  };
  return { seen, options, timers, passIdleTime };
}

test('callers that come while it loads wait for the one load', async () => {
  const { seen, options } = world();
  const model = createImageModel(options);
  await Promise.all(Array.from({ length: 8 }, () => model.use(CARD, async () => {})));
  expect(seen).toMatchObject({ opened: 1, released: 0 });
});

test('it is unloaded when idle, and loaded again by the next caller, never twice at once', async () => {
  const { seen, options, passIdleTime } = world();
  const model = createImageModel(options);
  for (let cycle = 0; cycle < 10; cycle += 1) {
    await model.use(CARD, async () => {});
    passIdleTime();
  }
  await model.use(CARD, async () => {});
  expect(seen).toEqual({ opened: 11, released: 10, loaded: 1, mostLoaded: 1 });
});

test('it is not unloaded while it is used', async () => {
  const { seen, options, timers } = world();
  const model = createImageModel(options);
  await model.use(CARD, async () => {});
  expect(timers.size).toBe(1);
  await model.use(CARD, async () => {
    expect(timers.size).toBe(0);
  });
  expect(seen.released).toBe(0);
});

test('a load that failed is tried again, and is no fault of the request', async () => {
  const { options } = world();
  let failures = 1;
  const model = createImageModel({
    ...options,
    open: async () => {
      failures -= 1;
      if (failures >= 0) throw new TerminalError('model-mismatch', 'other bytes');
      return await options.open();
    },
  });
  await expect(model.use(CARD, async () => {})).rejects.toMatchObject({
    status: 500,
    code: 'model-mismatch',
  });
  await expect(model.use(CARD, async () => 'served')).resolves.toBe('served');
});

test('another version waits for the users of the present one, and whoever comes later waits behind it', async () => {
  const { seen, options } = world();
  const order: string[] = [];
  const model = createImageModel({
    ...options,
    open: async (card: { sha256: string }) => {
      order.push(`load ${card.sha256}`);
      return await options.open();
    },
  });
  const finish = Promise.withResolvers<void>();
  const first = model.use(CARD, () => finish.promise);
  const swapped = model.use(OTHER, async () => void order.push('use b'));
  const behind = model.use(CARD, async () => void order.push('use a'));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(order).toEqual(['load a']);
  finish.resolve();
  await Promise.all([first, swapped, behind]);
  expect(order).toEqual(['load a', 'load b', 'use b', 'load a', 'use a']);
  expect(seen).toEqual({ opened: 3, released: 2, loaded: 1, mostLoaded: 1 });
});

test('a version that does not load lets the others be served', async () => {
  const { options } = world();
  const model = createImageModel({
    ...options,
    open: async (card: { sha256: string }) => {
      if (card.sha256 === 'b') throw new TerminalError('model-invalid', 'too large');
      return await options.open();
    },
  });
  const [present, refused, again] = await Promise.allSettled([
    model.use(CARD, async () => 1),
    model.use(OTHER, async () => 2),
    model.use(CARD, async () => 3),
  ]);
  expect(present).toMatchObject({ value: 1 });
  expect(refused).toMatchObject({ reason: { code: 'model-invalid' } });
  expect(again).toMatchObject({ value: 3 });
});

test('it is shed when nobody uses it, and not while somebody does', async () => {
  const { seen, options, timers } = world();
  const model = createImageModel(options);
  expect(await model.shed()).toBe(false);
  await model.use(CARD, async () => {
    expect(await model.shed()).toBe(false);
  });
  expect(await model.shed()).toBe(true);
  expect(seen).toMatchObject({ released: 1, loaded: 0 });
  expect(timers.size).toBe(0);
  await expect(model.use(CARD, async () => 'served')).resolves.toBe('served');
});
