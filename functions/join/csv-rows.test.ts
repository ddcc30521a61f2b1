import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { readCsvRows } from './csv-rows.ts';

async function* chunked(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function read(content: string | Uint8Array, columns: readonly string[] = ['b', 'a'], size = 7) {
  const rows: { cells: readonly string[] | undefined; line: number }[] = [];
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  await readCsvRows('triage', chunked(bytes, size), {
    columns,
    row: (cells, line) => rows.push({ cells, line }),
    pause: async () => {},
  });
  return rows;
}

const cellsOf = async (content: string | Uint8Array) => (await read(content)).map(({ cells }) => cells);

const TABLE = 'a,b,c\n1,2,3\n4,5,6\n';
const ROWS = [
  ['2', '1'],
  ['5', '4'],
];

test.each<[string, string | Uint8Array]>([
  ['plain', TABLE],
  ['without a last line feed', TABLE.trimEnd()],
  ['with CRLF', TABLE.replaceAll('\n', '\r\n')],
  ['with a byte order mark', `\ufeff${TABLE}`],
  ['with empty lines', TABLE.replaceAll('\n', '\n\n')],
  ['with blanks around', TABLE.replaceAll(',', ' , ')],
  ['with quotes', '"a","b","c"\n"1","2","3"\n"4","5","6"\n'],
  ['compressed', gzipSync(TABLE)],
  ['of several gzip members', Buffer.concat([gzipSync('a,b,c\n1,'), gzipSync('2,3\n4,5,6\n')])],
  ['in UTF-16', Buffer.from(`\ufeff${TABLE}`, 'utf16le')],
  ['compressed, with a byte order mark', gzipSync(`\ufeff${TABLE}`)],
])('a table %s', async (_kind, content) => {
  expect(await cellsOf(content)).toEqual(ROWS);
});

test('a header alone is a table without rows', async () => {
  expect(await read('a,b\n')).toEqual([]);
});

test('quotes hold commas, quotes and line feeds; one within a text is part of it', async () => {
  expect(await cellsOf('a,b\n"x, ""y""\nz",5\'4" tall\n')).toEqual([['5\'4" tall', 'x, "y"\nz']]);
});

test('rows of another width are told by the line they end in', async () => {
  const rows = await read('a,b\n1,2\n3\n4,5,6\n"7\n",8\n9,10\n');
  expect(rows.map(({ cells, line }) => [cells?.length, line])).toEqual([
    [2, 2],
    [undefined, 3],
    [undefined, 4],
    [2, 6],
    [2, 7],
  ]);
});

test('bytes that are no UTF-8 are replaced', async () => {
  const latin = Buffer.concat([Buffer.from('a,b\nM'), Buffer.from([0xfc]), Buffer.from('ller,2\n')]);
  expect(await cellsOf(latin)).toEqual([['2', 'M\ufffdller']]);
});

const invalid = (message: RegExp) =>
  expect.objectContaining({
    name: 'TerminalError',
    code: 'table-invalid',
    message: expect.stringMatching(message),
  });

test.each<[string, string | Uint8Array, RegExp]>([
  ['nothing at all', '', /table triage is empty/],
  ['no rows, compressed', gzipSync(''), /table triage is empty/],
  ['a single byte', Buffer.from([0x1f]), /table triage has no column b, a/],
  ['a missing column', 'a,c\n1,2\n', /table triage has no column b in its first line \(2 columns/],
  ['no header', '10000032,secret\n', /table triage has no column b, a/],
  ['another separator', 'a;b\n1;2\n', /has no column b, a in its first line \(1 columns/],
  ['UTF-16 without a mark', Buffer.from('a,b\n1,2\n', 'utf16le'), /has no column/],
  ['a column twice', 'a,b,a\n1,2,3\n', /table triage has column a twice/],
  [
    'a gzip file cut short',
    gzipSync(TABLE.repeat(99)).subarray(0, -9),
    /table triage ends early: it is no whole gzip/,
  ],
  ['a gzip file cut in its header', gzipSync(TABLE).subarray(0, 5), /table triage ends early/],
  [
    'a damaged gzip file',
    damaged(gzipSync(TABLE.repeat(999))),
    /table triage is damaged: it is no whole gzip/,
  ],
  ['a quote never closed', `a,b\n"1,2\n${'3,4\n'.repeat(10)}`, /is no CSV: line \d+: a quote is not closed/],
  [
    'a quote that swallows the row of another patient',
    'a,b,c,d\n1,2,3,"secret\n4,5,6,"x"\n7,8,9,"y"\n',
    /is no CSV: line \d+: a quote is not closed/,
  ],
  ['a row without end', `a,b\n"${'x,y\n'.repeat(1e5)}`, /line \d+: a row of more than 262144 bytes/],
])('%s is refused, and no value is repeated', async (_kind, content, message) => {
  const reading = read(content, ['b', 'a'], 4096);
  await expect(reading).rejects.toEqual(invalid(message));
  await expect(reading).rejects.not.toThrow(/secret|10000032/);
});

function damaged(bytes: Buffer): Buffer {
  bytes.fill(0xff, 20, 40);
  return bytes;
}

test('what the source throws is thrown', async () => {
  const source = (async function* () {
    yield gzipSync(TABLE).subarray(0, 10);
    throw new Error('the line is cut');
  })();
  const reader = { columns: ['a'], row: () => {}, pause: async () => {} };
  await expect(readCsvRows('triage', source, reader)).rejects.toThrow('the line is cut');
});

test('what the reader throws is thrown', async () => {
  const reader = {
    columns: ['a'],
    row: () => {
      throw new Error('too much');
    },
    pause: async () => {},
  };
  await expect(readCsvRows('triage', chunked(Buffer.from(TABLE), 3), reader)).rejects.toThrow('too much');
});

test('whatever is in the cells, and wherever chunks end, the same comes out', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'é', '😀', '\t'), maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell), { maxLength: 8 }),
      fc.integer({ min: 1, max: 30 }),
      fc.boolean(),
      async (rows, size, compressed) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = ['a,b', ...rows.map((row) => row.map(quoted).join(','))].join('\n');
        const content = compressed ? gzipSync(text) : Buffer.from(text);
        const found = await read(content, ['a', 'b'], size);
        expect(found.map(({ cells }) => cells)).toEqual(rows.map((row) => row.map((c) => c.trim())));
      },
    ),
  );
});
