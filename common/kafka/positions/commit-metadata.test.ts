import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../../test/support/property.ts';
import { decodeCommitMark, encodeCommitMark } from './commit-metadata.ts';
import type { CommitMark, Loss } from './commit-metadata.ts';
import { METADATA_CHARS_MAX } from './offset-map.ts';

const BASE = 1_000;
const retry = fc
  .tuple(fc.integer({ min: BASE, max: 2 ** 40 }), fc.integer({ min: 1, max: 1_000 }), fc.nat())
  .map(([offset, attempt, dueAtMs]) => ({ offset, attempt, dueAtMs }));
const marks = fc.record<Required<CommitMark>>({
  owner: fc.stringMatching(/^[a-z0-9-]{1,60}$/),
  isReleased: fc.boolean(),
  done: fc.constant([{ start: BASE + 2, end: BASE + 9 }]),
  retries: fc.array(retry, { maxLength: 200 }),
  topicId: fc.stringMatching(/^([0-9a-f]{32})?$/),
  logEnd: fc.integer({ min: 0, max: 2 ** 45 }),
  losses: fc.array(
    fc
      .tuple(
        fc.constantFrom<Loss['kind'][]>('topic-made-again', 'records-lost', 'cursors-gone'),
        fc.option(fc.nat()),
        fc.nat({ max: 2 ** 45 }),
      )
      .map(([kind, count, atMs]): Loss => ({ kind, count, atMs })),
    { maxLength: 3 },
  ),
  cursors: fc.integer({ min: 0, max: 100_000 }),
  attemptsSinceMs: fc.integer({ min: 0, max: 2 ** 45 }),
  generation: fc.stringMatching(/^([0-9a-f]{12})?$/),
  rereadTo: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
});

test('decode gives back what encode was given, of the retries as many as have room', () => {
  fc.assert(
    fc.property(marks, (mark) => {
      const { text } = encodeCommitMark(BASE, mark);
      const decoded = decodeCommitMark(BASE, text);
      assert.ok(decoded);
      const kept = decoded.retries.length;
      assert.deepEqual(decoded, { ...mark, retries: mark.retries.slice(0, kept) });
      assert.ok(kept === mark.retries.length || kept >= 20, `${kept} of ${mark.retries.length}`);
    }),
  );
});

test('with a full map and full retries Kafka still takes it', () => {
  const done = Array.from({ length: 6_000 }, (_, n) => {
    const start = BASE + 1 + n * 1_000;
    return { start, end: start + 500 };
  });
  const retries = Array.from({ length: 200 }, (_, n) => ({
    offset: BASE + n * 50_000,
    attempt: 5,
    dueAtMs: 1_800_000_000_000,
  }));
  const owner = 'hookline-consumer-0123abcd';
  const log = {
    topicId: 'f'.repeat(40),
    logEnd: Number.MAX_SAFE_INTEGER,
    generation: 'f'.repeat(12),
    rereadTo: Number.MAX_SAFE_INTEGER,
  };
  const loss = { count: Number.MAX_SAFE_INTEGER, atMs: 1_800_000_000_000 };
  const losses: Loss[] = [
    { kind: 'topic-made-again', ...loss },
    { kind: 'records-lost', ...loss },
  ];
  const mark = { owner, isReleased: true, done, retries, losses, ...log };
  const { text, load } = encodeCommitMark(BASE, mark);
  assert.ok(text.length <= METADATA_CHARS_MAX, `${text.length}`);
  assert.ok(load > 1);
});

test('foreign or damaged metadata means replay, and never an error', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `hookline1;o;held;;${text}`),
      ),
      (text) => {
        for (const { offset, attempt } of decodeCommitMark(5, text)?.retries ?? []) {
          assert.ok(Number.isSafeInteger(offset) && offset >= 5 && attempt >= 0);
        }
      },
    ),
  );
  // Written before there were retries in it.
  assert.deepEqual(decodeCommitMark(5, 'hookline1;o;released;')?.retries, []);
});
