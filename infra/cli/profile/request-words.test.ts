import { expect, test } from 'vitest';
import { parseRequestWords } from './request-words.ts';

const parse = (...words: string[]) => parseRequestWords(words, 'heart');

test('a request without a body', () => {
  expect(parse('GET', '/v2')).toEqual({ method: 'GET', path: '/v2', headers: {}, body: { kind: 'none' } });
});

test('paths as the edge has them lose the name of the function', () => {
  expect(parse('GET', '/heart/v2?x=1').path).toBe('/v2?x=1');
  expect(parse('GET', '/heartbeat').path).toBe('/heartbeat');
});

test.each([
  [['{"age":1}'], { kind: 'text', text: '{"age":1}' }, 'application/json'],
  [['--example'], { kind: 'example' }, 'application/json'],
  [['@a/photo.JPG'], { kind: 'file', file: 'a/photo.JPG' }, 'image/jpeg'],
  [['@scan.dcm'], { kind: 'file', file: 'scan.dcm' }, 'application/dicom'],
  [['@unknown'], { kind: 'file', file: 'unknown' }, 'application/octet-stream'],
])('the body %j', (words, body, type) => {
  expect(parse('POST', '/ecg', ...words)).toMatchObject({ body, headers: { 'content-type': type } });
});

test('headers, wherever they stand, also over the type that was guessed', () => {
  const { headers, body } = parse(
    '--header',
    'X-One: a: b',
    'POST',
    '/ecg',
    '-H',
    'content-type:text/csv',
    'x',
  );
  expect(headers).toEqual({ 'x-one': 'a: b', 'content-type': 'text/csv' });
  expect(body).toEqual({ kind: 'text', text: 'x' });
});

test.each([
  [[], 'must begin with one of GET, HEAD, POST'],
  [['post', '/x'], 'must begin with one of'],
  [['POST'], 'a path'],
  [['POST', 'tabular'], 'a path'],
  [['POST', '/x', '{"age":', '61}'], 'one body, in quotes'],
  [['POST', '/x', '{"age":61}', '--example'], 'not both'],
  [['GET', '/x', '{"age":61}'], 'GET has no body'],
  [['POST', '/x', '--header', 'age 61'], '--header: write'],
  [['POST', '/x', '--header'], '--header: write'],
])('%j is wrong usage, told without the body', (words, message) => {
  expect(() => parse(...words)).toThrow(message);
  expect(() => parse(...words)).toThrow(expect.objectContaining({ exitCode: 2 }));
  expect(() => parse(...words)).not.toThrow('61');
});
