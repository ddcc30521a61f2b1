/** Patch, update, holds, and the events of every change. */

import { expect, test } from 'vitest';
import { startStorage } from './storage-under-test.ts';

const PATH = '/b/pillbox/o/x';
const json = (method: string, body: unknown) => ({ method, body: JSON.stringify(body) });

test('a patch merges, null takes away, and the metageneration counts', async () => {
  const { call, put, text } = await startStorage();
  const made = await (await put('x', 'content')).json();
  const first = await call(
    PATH,
    json('PATCH', { contentType: 'text/plain', cacheControl: 'no-store', metadata: { a: '1', b: '2' } }),
  );
  expect(await first.json()).toMatchObject({
    generation: made.generation,
    metageneration: '2',
    contentType: 'text/plain',
    metadata: { a: '1', b: '2' },
    timeCreated: made.timeCreated,
  });
  const second = await call(PATH, json('PATCH', { cacheControl: null, metadata: { a: null, c: '3' } }));
  const after = await second.json();
  expect(after).toMatchObject({
    metageneration: '3',
    contentType: 'text/plain',
    metadata: { b: '2', c: '3' },
  });
  expect(after.cacheControl).toBeUndefined();
  expect(after.etag).not.toBe(made.etag);
  expect((await (await call(PATH, json('PATCH', { metadata: null }))).json()).metadata).toBeUndefined();
  expect(await text('x')).toBe('content');
  expect(await (await call(PATH)).json()).toMatchObject({ metageneration: '4', size: '7' });
});

test('the class of an object is changed by no patch', async () => {
  const { call, put } = await startStorage();
  await put('x', '');
  await call('/b/pillbox/o/x/rewriteTo/b/pillbox/o/x', json('POST', { storageClass: 'NEARLINE' }));
  for (const method of ['PATCH', 'PUT']) {
    const answer = await call(PATH, json(method, { storageClass: 'ARCHIVE' }));
    expect(await answer.json()).toMatchObject({ storageClass: 'NEARLINE' });
  }
});

test('an update replaces all metadata; a POST may stand for a PATCH', async () => {
  const { call, put } = await startStorage();
  await put('x', '');
  await call(PATH, json('PATCH', { contentType: 'text/plain', metadata: { a: '1' } }));
  const updated = await (await call(PATH, json('PUT', { contentLanguage: 'de' }))).json();
  expect(updated).toMatchObject({ contentLanguage: 'de', metageneration: '3' });
  expect([updated.contentType, updated.metadata]).toEqual([undefined, undefined]);
  const override = {
    ...json('POST', { contentType: 'x/y' }),
    headers: { 'x-http-method-override': 'PATCH' },
  };
  expect(await (await call(PATH, override)).json()).toMatchObject({
    contentType: 'x/y',
    contentLanguage: 'de',
  });
});

test('the preconditions and the generation hold, and nothing changes where they fail', async () => {
  const { call, put, events } = await startStorage();
  const { generation } = await (await put('x', '')).json();
  const patch = async (query: string) => (await call(`${PATH}?${query}`, json('PATCH', {}))).status;
  expect(await patch('ifMetagenerationMatch=2')).toBe(412);
  expect(await patch('ifMetagenerationNotMatch=1')).toBe(412);
  expect(await patch('ifGenerationMatch=5')).toBe(412);
  expect(await patch(`ifGenerationNotMatch=${generation}`)).toBe(412);
  expect(await patch('generation=5')).toBe(404);
  expect(await patch(`generation=${generation}&ifMetagenerationMatch=1`)).toBe(200);
  expect((await call('/b/pillbox/o/none', json('PATCH', {}))).status).toBe(404);
  expect((await call('/b/none/o/x', json('PATCH', {}))).status).toBe(404);
  expect(events.map(({ type }) => type.split('.').at(-1))).toEqual(['finalized', 'metadataUpdated']);
});

test.each<[string, string]>([
  ['no JSON', '{'],
  ['a list', '[]'],
  ['null', 'null'],
  ['a number for a text', '{"contentType":7}'],
  ['a header that would break', '{"contentType":"a\\r\\nb"}'],
  ['metadata that is no map of texts', '{"metadata":{"a":{"b":"c"}}}'],
  ['a class that is none', '{"storageClass":"FAST"}'],
  ['nesting without end', `{"a":${'{"a":'.repeat(2000)}1${'}'.repeat(2001)}`],
])('a patch with %s is refused', async (_what, body) => {
  const { call, put } = await startStorage();
  await put('x', '');
  const answer = await call(PATH, { method: 'PATCH', body });
  expect(answer.status).toBe(400);
  expect(await (await call(PATH)).json()).toMatchObject({ metageneration: '1' });
});

test('an object under a hold is neither replaced nor deleted until it is released', async () => {
  const { call, put, text } = await startStorage();
  for (const hold of ['temporaryHold', 'eventBasedHold']) {
    await put('x', 'held');
    expect(await (await call(PATH, json('PATCH', { [hold]: true }))).json()).toMatchObject({ [hold]: true });
    expect((await put('x', 'other')).status).toBe(403);
    const gone = await call(PATH, { method: 'DELETE' });
    expect([gone.status, (await gone.json()).error.errors[0].reason]).toEqual([403, 'forbidden']);
    expect(await text('x')).toBe('held');
    await call(PATH, json('PATCH', { [hold]: false }));
    expect((await call(PATH, { method: 'DELETE' })).status).toBe(204);
  }
});

test('a replaced object and a deleted one are events too, in the order in which they happen', async () => {
  const { call, put, events } = await startStorage();
  const first = await (await put('x', 'one')).json();
  const second = await (await put('x', 'two')).json();
  await call(PATH, { method: 'DELETE' });
  expect(events.map(({ type, generation }) => [type.split('.').at(-1), generation])).toEqual([
    ['finalized', first.generation],
    ['deleted', first.generation],
    ['finalized', second.generation],
    ['deleted', second.generation],
  ]);
  expect(events.at(-1)?.object).toMatchObject({ ...second, timeDeleted: expect.any(String) });
});
