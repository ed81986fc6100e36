import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRetryAfter } from './retry-after.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const rows: readonly [title: string, value: string | undefined, expected: number | null][] = [
  ['absent', undefined, null],
  ['seconds', '3', 3_000],
  ['a fraction of a second', '0.5', 500],
  ['a date', 'Thu, 01 Jan 2026 00:00:10 GMT', 10_000],
  ['a date that has passed', 'Wed, 31 Dec 2025 23:00:00 GMT', 0],
  ['more than an hour is cut', '86400', 3_600_000],
  ['nonsense', 'soon', null],
  ['a negative number is nonsense', '-5', null],
];
for (const [title, value, expected] of rows) {
  test(`Retry-After: ${title}`, () => assert.equal(parseRetryAfter(value, now), expected));
}
