// Goal: what a receiver has accepted counts as accepted, and every error says what really came.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { aRawReceiver } from '../../test/support/raw-receiver.ts';
import { createSender } from './sender.ts';
import type { SendResult } from './send-request.ts';

interface Case {
  readonly title: string;
  /** Written in parts, each in a packet of its own. */
  readonly answer: readonly (string | Buffer)[];
  /** Closes the connection behind the last part. */
  readonly closes?: boolean;
  readonly resets?: boolean;
  /** `200`, `503`, or the kind of failure. */
  readonly gives: number | string;
  readonly excerpt?: string;
  readonly detail?: RegExp;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const LENGTH = 'Content-Length: 2\r\n';
const BAD = 'bad-answer';
const large = (bytes: number) => `x-large: ${'a'.repeat(bytes)}\r\n`;

const CASES: readonly Case[] = [
  // A 2xx in an unusual form is a 2xx.
  { title: '20 KB of headers', answer: [`${OK}${large(20_000)}${LENGTH}\r\nok`], gives: 200 },
  { title: '300 KB of headers', answer: [`${OK}${large(300_000)}${LENGTH}\r\nok`], gives: 200 },
  { title: 'the same length twice', answer: [`${OK}${LENGTH}${LENGTH}\r\nok`], gives: 200 },
  { title: 'a list of lengths', answer: [`${OK}Content-Length: 2, 2\r\n\r\nok`], gives: 200 },
  {
    title: 'a length beside chunks',
    answer: [`${OK}Transfer-Encoding: chunked\r\n${LENGTH}\r\n2\r\nok\r\n0\r\n\r\n`],
    gives: 200,
  },
  {
    title: 'chunks beside a length',
    answer: [`${OK}${LENGTH}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
    gives: 200,
  },
  { title: 'a folded line', answer: [`${OK}x-a: b\r\n  c\r\n${LENGTH}\r\nok`], gives: 200 },
  { title: 'bare line feeds', answer: ['HTTP/1.1 200 OK\nContent-Length: 2\n\nok'], gives: 200 },
  { title: 'bare carriage returns', answer: ['HTTP/1.1 200 OK\rx: y\r\rok'], gives: 200 },
  { title: 'a space before a colon', answer: [`${OK}Content-Length : 2\r\n\r\nok`], gives: 200 },
  { title: 'a NUL in a value', answer: [`${OK}x: a\0b\r\n${LENGTH}\r\nok`], gives: 200 },
  { title: 'a line without a colon', answer: [`${OK}hello\r\n${LENGTH}\r\nok`], gives: 200 },
  { title: 'an empty length', answer: [`${OK}Content-Length: \r\n\r\n`], gives: 200 },
  { title: 'a negative length', answer: [`${OK}Content-Length: -1\r\n\r\n`], gives: 200 },
  { title: 'a version 1.2', answer: ['HTTP/1.2 204 None\r\n\r\n'], gives: 204 },
  {
    title: 'chunks that break off',
    answer: [`${OK}Transfer-Encoding: chunked\r\n\r\nzz`],
    gives: 200,
  },
  { title: 'an unasked 100 first', answer: [`HTTP/1.1 100 Continue\r\n\r\n${OK}\r\n`], gives: 200 },
  {
    title: 'an unasked 100 in a packet of its own, twice',
    answer: ['HTTP/1.1 100 Continue\r\nx: y\r\n\r\nHTTP/1.1 100\r\n\r\n', `${OK}${LENGTH}\r\nok`],
    gives: 200,
  },
  {
    title: 'early hints before a folded line',
    answer: ['HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n', `${OK}x-a: b\r\n  c\r\n\r\n`],
    gives: 200,
  },
  { title: 'a version 2.0 in words', answer: [`HTTP/2.0 200 OK\r\n${LENGTH}\r\nok`], gives: 200 },
  { title: 'a version in lower case', answer: [`http/1.1 200 OK\r\n${LENGTH}\r\nok`], gives: 200 },
  { title: 'no reason, and no space', answer: [`HTTP/1.1 200\r\n${LENGTH}\r\nok`], gives: 200 },
  { title: 'empty lines first', answer: [`\r\n\r\n${OK}${LENGTH}\r\nok`], gives: 200 },
  { title: 'two lengths', answer: [`${OK}${LENGTH}Content-Length: 3\r\n\r\nok`], gives: 200 },
  { title: 'another coding', answer: [`${OK}Transfer-Encoding: gzip\r\n\r\n??`], gives: 200 },
  {
    title: 'a head byte by byte',
    answer: Array.from(`${OK}${LENGTH}\r\nok`),
    gives: 200,
  },
  {
    title: 'a body up to the close',
    answer: ['HTTP/1.0 500 X\r\n\r\nwhy', ' so?'],
    closes: true,
    gives: 500,
    excerpt: 'why so?',
  },
  {
    title: 'chunks with extensions and trailers',
    answer: [
      'HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n1;a="b"\r\nw\r\n0002\r\nhy',
      '\r\n0\r\nx-sum: 1\r\n\r\n',
    ],
    gives: 500,
    excerpt: 'why',
  },
  {
    title: 'a body that is reset in the middle',
    answer: ['HTTP/1.1 500 X\r\nContent-Length: 99\r\n\r\nwhy'],
    resets: true,
    gives: 500,
    excerpt: 'why',
  },
  // So is any other status.
  { title: 'a status that no registry has', answer: ['HTTP/1.1 999 No\r\n\r\n'], gives: 999 },
  {
    title: 'a 503 with a folded line',
    answer: ['HTTP/1.1 503 Busy\r\nx: a\r\n b\r\nRetry-After : 7\r\n\r\nfull'],
    gives: 503,
    excerpt: 'full',
  },
  {
    title: 'an unasked 101',
    answer: ['HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    gives: 101,
    detail: /^the target switched protocols, which was not asked for$/,
  },
  // No answer in HTTP/1.1: what came is shown.
  {
    title: 'the greeting of a mail server',
    answer: ['220 mail.example ESMTP\r\n'],
    gives: BAD,
    detail: /^answered, but with what is no HTTP\/1\.1: "220 mail\.example ESMTP\\r\\n"$/,
    excerpt: '220 mail.example ESMTP\r\n',
  },
  { title: 'a page without a head', answer: ['<html>hi'], gives: BAD, detail: /"<html>hi"$/ },
  {
    title: 'a status of two digits',
    answer: ['HTTP/1.1 20 OK\r\n\r\n'],
    gives: BAD,
    detail: /^answered, but with what is no HTTP\/1\.1: "HTTP\/1\.1 20 OK/,
  },
  { title: 'a status 099', answer: ['HTTP/1.1 099 X\r\n\r\n'], gives: BAD, detail: /099 X/ },
  {
    title: 'TLS at an http:// target',
    answer: [Buffer.from([0x15, 3, 1, 0, 2, 2, 0x46])],
    closes: true,
    gives: BAD,
    detail: /^answered, but with TLS; the URL should begin with https:\/\/$/,
  },
  {
    title: 'HTTP/2 at an http:// target',
    answer: [Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])],
    gives: BAD,
    detail: /^answered, but with HTTP\/2/,
  },
  // A head that breaks off has not been answered: it is sent again.
  {
    title: 'a head that breaks off',
    answer: [`${OK}Content-Le`],
    closes: true,
    gives: BAD,
    detail: /^answered, but was closed within the head: "HTTP\/1\.1 200 OK\\r\\nContent-Le"$/,
  },
  {
    title: 'an unasked 100 and no more',
    answer: ['HTTP/1.1 100 Continue\r\n\r\n'],
    closes: true,
    gives: BAD,
    detail: /^answered 100 Continue only, unasked, and was closed$/,
  },
  {
    title: 'early hints without end',
    answer: ['HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(4_000)],
    gives: BAD,
    detail: /^answered 103 again and again$/,
  },
  {
    title: 'early hints and no more',
    answer: ['HTTP/1.1 103 Early Hints\r\n\r\n'],
    closes: true,
    gives: BAD,
    detail: /^answered 103 only, and was closed$/,
  },
  {
    title: 'nothing',
    answer: [],
    closes: true,
    gives: 'connection-reset',
    detail: /^closed without an answer$/,
  },
  // The wait ends, whatever has come by then.
  { title: 'silence', answer: [], gives: 'timeout', detail: /^no answer in time$/ },
  {
    title: 'an unasked 100 and silence',
    answer: ['HTTP/1.1 100 Continue\r\n\r\n'],
    gives: 'timeout',
    detail: /^answered 100 Continue only, unasked, and gave no more in time$/,
  },
  {
    title: 'half a head and silence',
    answer: ['HTTP/1.1 200'],
    gives: 'timeout',
    detail: /^answered, but gave no more in time within the head: "HTTP\/1\.1 200"$/,
  },
  {
    title: 'a 200 whose body never ends',
    answer: [`${OK}Content-Length: 99\r\n\r\nwell`, ' done'],
    gives: 200,
    excerpt: 'well done',
  },
  {
    title: 'a 500 whose body never ends',
    answer: ['HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwhy?\r\n'],
    gives: 500,
    excerpt: 'why?',
  },
  {
    title: 'a 500 that is too long',
    answer: [`HTTP/1.1 500 X\r\nContent-Length: 9999999\r\n\r\nwhy?${'.'.repeat(100_000)}`],
    gives: 500,
    excerpt: `why?${'.'.repeat(1_020)}`,
  },
  {
    title: 'a gzip body',
    answer: gzipAnswer('the order is unknown'),
    gives: 500,
    excerpt: 'the order is unknown',
  },
];

function gzipAnswer(text: string): readonly (string | Buffer)[] {
  const body = gzipSync(text);
  const head = `HTTP/1.1 500 X\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`;
  return [Buffer.concat([Buffer.from(head), body])];
}

async function answered(t: TestContext, { answer, closes, resets }: Case) {
  const { origin, received } = await aRawReceiver(t, ({ socket }) => {
    const parts = [...answer];
    socket.setNoDelay(true);
    const next = () => {
      const part = parts.shift();
      if (part !== undefined) socket.write(part, 'latin1', () => setTimeout(next, 5));
      else if (closes) socket.end();
      else if (resets) socket.resetAndDestroy();
    };
    next();
  });
  const sender = createSender({ timeoutMs: 400, guard: null, keepsExcerpt: false });
  t.after(() => sender.close());
  const request = { origin, path: '/', headers: [], body: Buffer.from('{}') };
  return { result: await sender.send(request), received: received() };
}

/** The status of an answer, else the kind of failure. */
const given = ({ outcome }: SendResult) =>
  outcome.kind === 'unreachable' ? outcome.error : outcome.status;
const is2xx = (gives: number | string) => Number(gives) >= 200 && Number(gives) < 300;

for (const one of CASES) {
  const { title, gives, excerpt, detail = /^$/ } = one;
  test(`${title}: ${gives}, with one request`, async (t) => {
    const { result, received } = await answered(t, one);
    assert.equal(given(result), gives, result.detail);
    assert.equal(result.outcome.kind === 'accepted', is2xx(gives));
    assert.match(result.detail, detail);
    if (result.detail.includes('"')) assert.equal(result.isQuoted, true, 'it says that it quotes');
    if (excerpt !== undefined) assert.equal(result.excerpt, excerpt);
    assert.equal(received, 1);
    if (gives !== 503) return;
    assert.deepEqual(result.outcome, { kind: 'refused', status: 503, retryAfterMs: 7_000 });
  });
}
