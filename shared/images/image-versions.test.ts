/** Which version of an image model answers: the one asked for, or a share of the callers. */

import { expect, test } from 'vitest';
import { card, form, jpeg, photo, post, service } from './image-routes.fixture.ts';

test('a version is asked for by name; another is 404 and names those there are', async () => {
  const app = service({ more: [{ ...card, version: '2.0.0', traffic: 0 }] });
  const versionAt = async (path: string) => (await (await post(path, photo, jpeg, app)).json()).model.version;
  expect(await versionAt('/retina?version=2.0.0')).toBe('2.0.0');
  expect(await versionAt('/retina')).toBe(card.version);
  for (const path of ['/retina', '/predict']) {
    const refused = await post(`${path}?version=3.0.0`, photo, jpeg, app);
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({
      code: 'no-such-version',
      detail: `diabetes-retina has the versions ${card.version}, 2.0.0`,
    });
  }
});

test('/predict takes a version for each of the two models', async () => {
  const app = service({ more: [{ ...card, version: '2.0.0', traffic: 0 }] });
  const both = await post(
    '/predict?version=2.0.0&tabular_version=9',
    form({ glucose: '150' }, photo),
    {},
    app,
  );
  expect(await both.json()).toMatchObject({
    tabular: { probability: 0.1 },
    image: { model: { version: '2.0.0' } },
  });
});

test('a canary takes a share of the callers, and a caller stays with its version', async () => {
  const app = service({ more: [{ ...card, version: '2.0.0', traffic: 0.5 }] });
  const versions = new Set<string>();
  for (let caller = 0; caller < 12; caller += 1) {
    const headers = { ...jpeg, 'pillbox-caller': `caller ${caller}` };
    const [first, second] = [
      await post('/retina', photo, headers, app),
      await post('/retina', photo, headers, app),
    ];
    const { version } = (await first.json()).model;
    expect((await second.json()).model.version).toBe(version);
    versions.add(version);
  }
  expect([...versions].sort()).toEqual([card.version, '2.0.0'].sort());
});
