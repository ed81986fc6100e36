import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCursorMark, encodeCursorMark } from './cursor-mark.ts';
import type { CursorMark } from './cursor-mark.ts';
import { METADATA_CHARS_MAX } from './offset-map.ts';

const MARK: CursorMark = {
  owner: 'hookline-consumer-0a1b2c3d',
  topicId: '6e1f0c6d3b2a4958b7c6d5e4f3a2b1c0',
  done: [{ start: 1_002, end: 1_005 }],
  retries: [{ offset: 1_000, attempt: 3, dueAtMs: 1_800_000_000_000 }],
  until: null,
  left: 4_500,
  countedTo: 9_000,
  sinceMs: 1_800_000_000_000,
  attemptsFromMs: 1_800_000_000_001,
};

for (const given of [MARK, { ...MARK, until: 8_999, left: null, done: [], retries: [] }]) {
  test(`a cursor's mark is read as it was written, until ${given.until}`, () => {
    const { text, load } = encodeCursorMark(1_000, given);
    assert.deepEqual(decodeCursorMark(1_000, text), given);
    assert.ok(load < 0.01);
  });
}

test('a mark that is as long as can be is one that Kafka takes', () => {
  const far = Number.MAX_SAFE_INTEGER;
  const done = Array.from({ length: 5_000 }, (_, n) => ({ start: 200 * n + 1, end: 200 * n + 3 }));
  const retries = Array.from({ length: 100 }, (_, n) => ({ ...MARK.retries[0], offset: n * 9 }));
  const full = { ...MARK, done, retries: retries as CursorMark['retries'] };
  const numbers = { until: far, left: far, countedTo: far, sinceMs: far, attemptsFromMs: far };
  const { text, load } = encodeCursorMark(0, { ...full, ...numbers });
  assert.ok(load > 1 && text.length <= METADATA_CHARS_MAX, `${text.length} characters`);
});

test('a mark of a version that knew less is read, too', () => {
  const { text } = encodeCursorMark(1_000, MARK);
  const before = text.slice(0, text.lastIndexOf(';'));
  assert.deepEqual(decodeCursorMark(1_000, before), { ...MARK, attemptsFromMs: 0 });
});

for (const text of ['', 'nonsense', 'hookline1;owner;held;;;;', 'cursor1;owner']) {
  test(`"${text}" is no mark of a cursor`, () => {
    assert.equal(decodeCursorMark(5, text), null);
  });
}
