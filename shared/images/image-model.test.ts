import { expect, test } from 'vitest';
import { TerminalError } from '../errors/terminal-error.ts';
import { createImageModel, type LoadedModel } from './image-model.ts';

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
  await Promise.all(Array.from({ length: 8 }, () => model.use(async () => {})));
  expect(seen).toMatchObject({ opened: 1, released: 0 });
});

test('it is unloaded when idle, and loaded again by the next caller, never twice at once', async () => {
  const { seen, options, passIdleTime } = world();
  const model = createImageModel(options);
  for (let cycle = 0; cycle < 10; cycle += 1) {
    await model.use(async () => {});
    passIdleTime();
  }
  await model.use(async () => {});
  expect(seen).toEqual({ opened: 11, released: 10, loaded: 1, mostLoaded: 1 });
});

test('it is not unloaded while it is used', async () => {
  const { seen, options, timers } = world();
  const model = createImageModel(options);
  await model.use(async () => {});
  expect(timers.size).toBe(1);
  await model.use(async () => {
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
  await expect(model.use(async () => {})).rejects.toMatchObject({ status: 500, code: 'model-mismatch' });
  await expect(model.use(async () => 'served')).resolves.toBe('served');
});
