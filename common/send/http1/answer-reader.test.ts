// Goal: lawful answers are read as llhttp reads them, wherever the network cuts them; and whatever
// comes instead is read within bounds, to one outcome.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import fc from '../../../test/support/property.ts';
import { AnswerReader } from './answer-reader.ts';
import type { Progress } from './answer-reader.ts';

interface Read {
  readonly status: number;
  readonly interim: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
  readonly isReusable: boolean;
}

const RUNS = Number(process.env['READER_RUNS'] ?? 120);

/** A connection on which nothing but these bytes comes. */
class Bytes extends Duplex {
  private readonly bytes: Buffer;

  constructor(bytes: Buffer, ends: boolean) {
    super({ allowHalfOpen: true });
    this.bytes = bytes;
    this.ends = ends;
  }

  private readonly ends: boolean;

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
    if (this.readableEnded) return;
    this.push(this.bytes);
    if (this.ends) this.push(null);
  }
}

function byLlhttp(bytes: Buffer, ends: boolean): Promise<Read> {
  return new Promise((resolve, reject) => {
    let interim = 0;
    const sent = request({ method: 'POST', createConnection: () => new Bytes(bytes, ends) });
    // Until llhttp says otherwise: without an agent a request is the last one.
    sent.shouldKeepAlive = true;
    sent.on('information', ({ statusCode }) => (interim = statusCode));
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          interim,
          retryAfter: response.headers['retry-after'],
          body: Buffer.concat(chunks).toString('latin1', 0, 1_024),
          isReusable: sent.shouldKeepAlive,
        }),
      );
    });
    sent.end('{}');
  });
}

/** As a connection drives it: what comes behind the end forbids to use it again. */
function byOurs(parts: readonly Buffer[], ends: boolean): Read & { readonly progress: Progress } {
  const reader = new AnswerReader({ excerptBytesMax: 1_024, keepsAccepted: true });
  reader.begin();
  let progress: Progress = 'more';
  let isReusable = false;
  const lent = Buffer.alloc(64 * 1_024);
  for (const part of parts) {
    if (progress !== 'more') {
      isReusable &&= part.length === 0;
      continue;
    }
    part.copy(lent);
    progress = reader.read(lent, part.length);
    isReusable = progress === 'done' && reader.isReusable;
    // The next connection reads into the same buffer.
    lent.fill(0x58, 0, part.length);
  }
  if (progress === 'more' && ends && reader.endsHere) progress = 'done';
  return {
    status: reader.status,
    interim: reader.interim,
    retryAfter: reader.retryAfter,
    body: (reader.body ?? Buffer.alloc(0)).toString('latin1', 0, 1_024),
    isReusable,
    progress,
  };
}

const cut = (bytes: Buffer, at: readonly number[]) => {
  const places = [0, ...at.toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((to, n) => bytes.subarray(places[n], to));
};

const pick = <T>(...values: T[]) => fc.constantFrom(...values);
const field = fc.tuple(
  fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/),
  fc.stringMatching(
    /^[ \t]{0,2}([\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]{0,20}[\x21-\x7e])?)?[ \t]{0,2}$/,
  ),
);
const isFree = ([name]: readonly [string, string]) =>
  !/^(content-length|transfer-encoding|connection|upgrade|retry-after|keep-alive|proxy-connection|trailer)$/i.test(
    name,
  );
const fields = fc.array(field.filter(isFree), { maxLength: 4 });
const reason = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,12}$/);
const status = fc.oneof(
  pick(200, 204, 304, 404, 410, 429, 500, 503),
  fc.integer({ min: 200, max: 999 }),
);
const body = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const chunk = fc.record({
  data: fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  extension: pick('', ';a', ';a=b', ';a="b c"'),
  zeros: pick('', '0', '000'),
});
const framing = fc.oneof(
  body.map((bytes) => ({ header: `Content-Length: ${bytes.length}`, bytes, ends: false })),
  body.map((bytes) => ({ header: `content-length:0${bytes.length} `, bytes, ends: false })),
  fc.tuple(fc.array(chunk, { maxLength: 4 }), fields).map(([chunks, trailers]) => ({
    header: 'Transfer-Encoding: Chunked',
    bytes: Buffer.concat([
      ...chunks.flatMap(({ data, extension, zeros }) => [
        Buffer.from(`${zeros}${data.length.toString(16)}${extension}\r\n`),
        data,
        Buffer.from('\r\n'),
      ]),
      Buffer.from(`0\r\n${lines(trailers)}\r\n`, 'latin1'),
    ]),
    ends: false,
  })),
  body.map((bytes) => ({ header: 'x-close: yes', bytes, ends: true })),
);

function lines(all: readonly (readonly [string, string])[]): string {
  return all.map(([name, value]) => `${name}:${value}\r\n`).join('');
}

const lawful = fc
  .record({
    interim: fc.array(pick(102, 103, 110), { maxLength: 2 }),
    minor: pick(1, 1, 1, 0),
    status,
    reason,
    before: fields,
    after: fields,
    framing,
    more: pick(
      '',
      '',
      'Connection: close\r\n',
      'connection: Keep-Alive\r\n',
      'RETRY-AFTER:  7 \r\n',
    ),
  })
  .map(({ interim, minor, status: code, reason: phrase, before, after, framing: one, more }) => {
    const hasBody = code !== 204 && code !== 304;
    const isChunked = one.header.startsWith('T');
    const first = interim.map((n) => `HTTP/1.1 ${n} X\r\nlink: a\r\n\r\n`).join('');
    const version = isChunked ? 1 : minor;
    const framingLine = hasBody ? `${one.header}\r\n` : '';
    const head = `HTTP/1.${version} ${code} ${phrase}\r\n${lines(before)}${framingLine}${more}${lines(after)}\r\n`;
    const bytes = [Buffer.from(first + head, 'latin1'), ...(hasBody ? [one.bytes] : [])];
    return { bytes: Buffer.concat(bytes), ends: hasBody && one.ends };
  });

test('a lawful answer is read as llhttp reads it, cut at every byte', async () => {
  let reusable = 0;
  await fc.assert(
    fc.asyncProperty(lawful, async ({ bytes, ends }) => {
      const expected = { ...(await byLlhttp(bytes, ends)), progress: 'done' };
      reusable += Number(expected.isReusable);
      assert.deepEqual(byOurs([bytes], ends), expected);
      for (let at = 1; at < bytes.length; at += 1) {
        assert.deepEqual(byOurs(cut(bytes, [at]), ends), expected, `cut at ${at}`);
      }
      const each = Array.from(bytes, (_, at) => at).slice(1);
      assert.deepEqual(byOurs(cut(bytes, each), ends), expected, 'byte by byte');
    }),
    { numRuns: RUNS },
  );
  assert.ok(reusable > RUNS / 4, `${reusable} of ${RUNS} leave the connection open`);
});

/** Something breaks: a byte is changed, put in, left out, or a part comes twice. */
const broken = fc
  .tuple(
    lawful,
    fc.array(
      fc.tuple(
        fc.nat(),
        pick('\r', '\n', '\0', ' ', ':', ',', 'x', '\r\n', '\xff', '9', 'Content-Length: 3\r\n'),
        pick('put', 'set', 'drop', 'twice'),
      ),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([{ bytes }, changes]) => {
    let text = bytes.toString('latin1');
    for (const [place, what, how] of changes) {
      const at = place % (text.length + 1);
      const rest = text.slice(how === 'put' || how === 'twice' ? at : at + what.length);
      const between = how === 'twice' ? text.slice(Math.max(0, at - 20), at) : what;
      text = text.slice(0, at) + (how === 'drop' ? '' : between) + rest;
    }
    return Buffer.from(text, 'latin1');
  });

test('a broken answer has one outcome, however it is cut', () => {
  const seen = new Set<string>();
  const outcome = (parts: readonly Buffer[]) => {
    const { status: code, interim, isReusable, progress } = byOurs(parts, false);
    return { code, interim, isReusable, progress };
  };
  fc.assert(
    fc.property(broken, fc.array(fc.nat(), { maxLength: 4 }), (bytes, places) => {
      const whole = outcome([bytes]);
      seen.add(`${whole.progress} ${whole.isReusable}`);
      const at = places.map((place) => place % (bytes.length + 1));
      assert.deepEqual(outcome(cut(bytes, at)), whole);
      assert.deepEqual(outcome(cut(bytes, Array.from(bytes, (_, n) => n).slice(1))), whole);
    }),
    { numRuns: RUNS * 10 },
  );
  for (const one of ['done true', 'done false', 'more false', 'bad false'])
    assert.ok(seen.has(one), one);
});

test('endless heads, chunk sizes, trailers and empty lines are cut off, in time linear to their length', () => {
  const startedAtMs = performance.now();
  const head = 'HTTP/1.1 200 OK\r\n';
  const chunks = `${head}transfer-encoding: chunked\r\n\r\n`;
  const endless: readonly (readonly [string, string, Progress])[] = [
    [`${head}x: `, 'a', 'done'],
    [head, 'x: y\r\n', 'done'],
    [`${chunks}1;`, 'a', 'done'],
    [`${chunks}0\r\n`, 'x: y\r\n', 'done'],
    [chunks, '1\r\nx\r\n', 'done'],
    [`${head}\r\n`, 'x', 'done'],
    ['', '\r\n', 'more'],
    ['', 'HTTP/1.1 102 P\r\n\r\n', 'bad'],
    ['', 'HTTP/1.1 100\n\n', 'bad'],
    ['', 'x', 'bad'],
  ];
  for (const [first, more, expected] of endless) {
    const reader = new AnswerReader({ excerptBytesMax: 1_024, keepsAccepted: true });
    reader.begin();
    let progress = first === '' ? 'more' : reader.read(Buffer.from(first), first.length);
    const part = Buffer.from(more);
    for (let n = 0; n < 300_000 && progress === 'more'; n += 1)
      progress = reader.read(part, part.length);
    assert.equal(progress, expected, JSON.stringify([first, more]));
    assert.ok((reader.heard?.length ?? 0) < 300_000);
    assert.ok((reader.body?.length ?? 0) <= 1_024);
    if (progress === 'done') assert.ok(!reader.isReusable);
  }
  assert.ok(performance.now() - startedAtMs < 20_000);
});
