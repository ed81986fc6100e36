import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from '../../test/support/property.ts';
import { openDiskFile } from './disk-file.ts';
import { openSource } from './open-source.ts';
import type { ByteSource } from './byte-source.ts';
import { JsonLineParser } from './json-line-parser.ts';
import type { Place } from './record-block.ts';
import { readBlocks } from './read-blocks.ts';
import { RecordParser } from './record-parser.ts';
import type { NewParser } from './record-parser.ts';

const RECORD_BYTES_MAX = 2_500;
const csv: NewParser = (base) =>
  new RecordParser({ delimiter: ',', recordBytesMax: RECORD_BYTES_MAX }, base);
const jsonLines: NewParser = (base) => new JsonLineParser(base, RECORD_BYTES_MAX);
const START: Place = { offset: 0, line: 1 };

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hookline-blocks-'));
});
after(() => rm(dir, { recursive: true }));

interface Seen {
  readonly fields: readonly string[];
  readonly fault: string | null;
  readonly raw: string;
  readonly isUtf8: boolean;
  /** Where the record begins and where the next one does. */
  readonly line: number;
  readonly end: number;
}

async function withFile<T>(content: Buffer, work: (file: ByteSource) => Promise<T>): Promise<T> {
  const path = join(dir, 'x.csv');
  await writeFile(path, content);
  const source = await openSource(await openDiskFile(path));
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

async function readAll(
  source: ByteSource,
  start: Place = START,
  chunkBytes = 64 * 1024,
  newParser = csv,
): Promise<{ seen: Seen[]; places: Place[] }> {
  const seen: Seen[] = [];
  const places: Place[] = [];
  for await (const block of readBlocks(source, start, newParser, chunkBytes)) {
    for (const [index, { fields, fault, end }] of block.records.entries()) {
      const raw = block.rawAt(index);
      const line = block.lineAt(index);
      // Only the beginning of an overlong record is held, and nobody asks this of it.
      const isUtf8 = fault !== null || block.isUtf8At(index);
      seen.push({ fields, fault, raw, isUtf8, line, end });
    }
    places.push(block.next);
    assert.equal(block.isLast, block.next.offset === source.fileBytes && block.isLast);
  }
  return { seen, places };
}

const seenIn = (text: string | Buffer) =>
  withFile(Buffer.from(text), async (source) => (await readAll(source)).seen);

// Pieces that make parsing hard: quotes, line breaks, blanks, multi-byte characters and overlong
// rows, often broken.
const piece = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('u1,hello\n', 'u2,"a, b"\r\n', 'ü,🎉\r\r\n', 'x,"q""q"\n'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('u,"two\nlines"\n', '\n', '\r\n', '\r\r\n', 'a,b,c\n', 'one\n'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('"', '""', ',', '\n', '\r', 'u,"open\n', 'a"b\n', '"a"b\n'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('l'.repeat(2_600), 'm'.repeat(3_000) + '\n', '\ufeff', '\0'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 5 }) },
);
const invalidBytes = fc.constantFrom(Buffer.from([0xff]), Buffer.from([0xe2, 0x82]));
const content = fc
  .array(
    fc.oneof({ weight: 12, arbitrary: piece.map((text) => Buffer.from(text)) }, invalidBytes),
    {
      maxLength: 30,
    },
  )
  .map((parts) => Buffer.concat(parts));

test('the records do not depend on how the bytes fall into chunks', async () => {
  await fc.assert(
    fc.asyncProperty(content, fc.integer({ min: 1, max: 40 }), (bytes, chunkBytes) =>
      withFile(bytes, async (source) => {
        for (const newParser of [csv, jsonLines]) {
          const whole = await readAll(source, START, undefined, newParser);
          const chunked = await readAll(source, START, chunkBytes, newParser);
          assert.deepEqual(chunked.seen, whole.seen);
        }
      }),
    ),
    { numRuns: 200 },
  );
});

test('reading on from any place that a block ended at gives exactly the remaining records', async () => {
  await fc.assert(
    fc.asyncProperty(content, fc.integer({ min: 1, max: 40 }), (bytes, chunkBytes) =>
      withFile(bytes, async (source) => {
        for (const newParser of [csv, jsonLines]) {
          const whole = await readAll(source, START, chunkBytes, newParser);
          for (const place of whole.places) {
            const resumed = await readAll(source, place, undefined, newParser);
            const remaining = whole.seen.filter(({ end }) => end > place.offset);
            assert.deepEqual(resumed.seen, remaining);
          }
        }
      }),
    ),
    { numRuns: 100 },
  );
});

test('every line is in a record or blank: nothing is lost and nothing read twice', async () => {
  await fc.assert(
    fc.asyncProperty(content, (bytes) =>
      withFile(bytes, async (source) => {
        const { seen } = await readAll(source);
        let begin = 0;
        for (const { end, line, raw } of seen) {
          const record = bytes.subarray(begin, end).toString();
          const body = record.replace(/^(\r{0,2}\n)+/, '');
          const text = body.replace(/\r{0,2}\n$/, '');
          if (raw.length >= 1_900) assert.ok(text.startsWith(raw.slice(0, 1_000)));
          else assert.equal(raw, text);
          const before = bytes.subarray(0, end).toString();
          const linesBefore = before.slice(0, before.length - body.length).split('\n').length;
          assert.equal(line, linesBefore);
          begin = end;
        }
        assert.match(bytes.subarray(begin).toString(), /^(\r{0,2}\n)*$/);
      }),
    ),
    { numRuns: 200 },
  );
});

test('a well-formed file gives what csv-parse gives for the whole of it', async () => {
  const field = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => {
    const quoted = `"${text.replaceAll('"', '""')}"`;
    return /[",\r\n]/.test(text) || text === '' ? quoted : text;
  });
  const row = fc.array(field, { minLength: 1, maxLength: 4 }).map((fields) => fields.join(','));
  await fc.assert(
    fc.asyncProperty(fc.array(row), fc.constantFrom('\n', '\r\n'), (rows, newline) => {
      const text = rows.join(newline);
      return withFile(Buffer.from(text), async (source) => {
        const { seen } = await readAll(source, START, 7);
        const expected: unknown = parse(text, {
          relax_column_count: true,
          skip_empty_lines: true,
          record_delimiter: newline,
        });
        // A lone LF in a CRLF file is a line break for us, too.
        if (newline === '\n')
          assert.deepEqual(
            seen.map(({ fields }) => fields),
            expected,
          );
        else assert.ok(seen.every(({ fault }) => fault === null));
      });
    }),
    { numRuns: 100 },
  );
});

test('CR CR LF ends a line as CRLF does, and is told', async () => {
  const text = 'u1,a\r\r\nu2,"b"\r\r\n\r\r\nu3,c\r\nu4,"d\r\r\n"\r\nu5,e\r';
  await withFile(Buffer.from(text), async (source) => {
    for (const chunkBytes of [1, 64]) {
      const twice: boolean[] = [];
      const fields: string[] = [];
      for await (const block of readBlocks(source, START, csv, chunkBytes)) {
        for (const [index, record] of block.records.entries()) {
          fields.push(record.fields.join());
          twice.push(block.endsTwiceAt(index));
        }
      }
      assert.deepEqual(fields, ['u1,a', 'u2,b', 'u3,c', 'u4,d\r\r\n', 'u5,e\r']);
      assert.deepEqual(twice, [true, true, false, false, false]);
    }
  });
});

test('a stray quote costs its own line and no other', async () => {
  const rows = Array.from({ length: 400 }, (_, n) => `u${n},message ${n} of many`);
  rows[10] = 'u10,"never closed';
  rows[50] = 'u50,5" screen';
  rows[70] = 'u70,"closed" early';
  rows[80] = 'u80,"never closed';
  const seen = await seenIn(rows.join('\n'));
  assert.equal(seen.length, 400);
  const faults = seen.filter(({ fault }) => fault !== null);
  assert.deepEqual(
    faults.map(({ line, raw, fault }) => [line, raw, fault]),
    [
      // Its quote is closed by the one of line 51, with text after it.
      [11, 'u10,"never closed', 'text after a closing quote'],
      [51, 'u50,5" screen', 'a quote inside a field that is not quoted'],
      [71, 'u70,"closed" early', 'text after a closing quote'],
      [81, 'u80,"never closed', 'longer than 2500 bytes, or a quote that is never closed'],
    ],
  );
});

test('a quote that is open at the end of the file costs its own line only', async () => {
  const seen = await seenIn('u1,a\nu2,"b\nu3,c\nu4,d');
  assert.deepEqual(
    seen.map(({ fields, fault }) => fault ?? fields.join()),
    ['u1,a', 'a quote that is never closed', 'u3,c', 'u4,d'],
  );
});

test('a line of any length is passed over in constant memory, its beginning kept', async () => {
  const seen = await seenIn(`u1,a\nu2,${'x'.repeat(1_000_000)}\nu3,c\n`);
  assert.deepEqual(
    seen.map(({ line, fault }) => [line, fault !== null]),
    [
      [1, false],
      [2, true],
      [3, false],
    ],
  );
  assert.match(seen[1]?.raw ?? '', /^u2,x{1000,1997}/);
});

test('invalid UTF-8 is told for exactly the records that have it', async () => {
  const bytes = Buffer.from('u1,a\nu2,\u00ff\nu3,c\n', 'latin1');
  const seen = await seenIn(bytes);
  assert.deepEqual(
    seen.map(({ isUtf8 }) => isUtf8),
    [true, false, true],
  );
});

test('a long raw text is cut short and says so', async () => {
  const long = `u1,"${'y'.repeat(150)}",${'z'.repeat(10)}`;
  const seen = await seenIn(`${long}\n`);
  assert.equal(seen[0]?.raw, long);
});

const ends: readonly [text: string, isUnfinished: boolean][] = [
  ['u1,a\n', false],
  ['u1,a\r\n\n', false],
  ['u1,"a\nb"\n', false],
  ['', false],
  ['u1,a', true],
  ['u1,a\r', true],
  ['u1,"a\nb\n', true],
  [`u1,${'l'.repeat(3_000)}`, true],
  [`u1,${'l'.repeat(3_000)}\n`, false],
];
test('the last block says whether the file ends within a line, or within a quote', async () => {
  for (const [text, isUnfinished] of ends) {
    await withFile(Buffer.from(`head,line\n${text}`), async (source) => {
      for (const chunkBytes of [7, 64 * 1024]) {
        const blocks = [];
        for await (const block of readBlocks(source, { offset: 10, line: 2 }, csv, chunkBytes)) {
          blocks.push(block);
        }
        assert.equal(blocks.at(-1)?.isUnfinished, isUnfinished, JSON.stringify(text));
        assert.ok(blocks.slice(0, -1).every((block) => !block.isUnfinished));
      }
    });
  }
});
