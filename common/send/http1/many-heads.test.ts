// Goal: no form of a head, and no number of them, costs more than the time to read it once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerReader, INTERIM_MAX } from './answer-reader.ts';

function read(text: string, partBytes: number) {
  const reader = new AnswerReader({ excerptBytesMax: 1_024, keepsAccepted: true });
  reader.begin();
  const bytes = Buffer.from(text);
  let progress = 'more';
  for (let at = 0; at < bytes.length && progress === 'more'; at += partBytes) {
    const part = bytes.subarray(at, at + partBytes);
    progress = reader.read(part, part.length);
  }
  return { progress, reader };
}

test('interim answers are passed over in any form, up to a bound, however many come at once', () => {
  for (const interim of ['HTTP/1.1 102 P\r\n\r\n', 'HTTP/1.1 102\n\n', '\nHTTP/1.1 102\r\n\r\n']) {
    for (const [count, expected] of [
      [INTERIM_MAX, ['done', 200, 102]],
      [INTERIM_MAX + 1, ['bad', 0, 102]],
      [4_000, ['bad', 0, 102]],
    ] as const) {
      const text = `${interim.repeat(count)}HTTP/1.1 200 OK\ncontent-length: 0\n\n`;
      for (const partBytes of [1, 700, 64 * 1_024]) {
        const { progress, reader } = read(text, partBytes);
        assert.deepEqual([progress, reader.status, reader.interim], expected, interim);
      }
    }
  }
});

test('a long run of blanks within a value is read at once', () => {
  const blanks = ' \t'.repeat(125_000);
  const startedAtMs = performance.now();
  for (const value of [`x${blanks}x`, `${blanks}x`, `x${blanks}`, `,${blanks},`]) {
    for (const name of ['x', 'content-type', 'retry-after', 'connection', 'transfer-encoding']) {
      const head = `HTTP/1.1 500 X\n${name}: ${value}\ncontent-length: 0\n\n`;
      const { progress, reader } = read(head, 64 * 1_024);
      assert.deepEqual([progress, reader.status], ['done', 500]);
    }
  }
  assert.ok(performance.now() - startedAtMs < 10_000);
});

test('a value is trimmed of the blanks around it in a head of an unusual form too', () => {
  const { reader } = read('HTTP/1.1 503 X\nretry-after: \t 7\t \nconnection :x\n\n', 1_024);
  assert.equal(reader.retryAfter, '7');
});
