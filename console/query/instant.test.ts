import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInstant } from './instant.ts';

const rows: readonly [text: string, expected: string | null][] = [
  ['2026-01-31T08:00:00Z', '2026-01-31T08:00:00.000Z'],
  ['2026-01-31T08:00:00.250Z', '2026-01-31T08:00:00.250Z'],
  ['2026-01-31T08:00Z', '2026-01-31T08:00:00.000Z'],
  ['2026-01-31T08:00:00+02:00', '2026-01-31T06:00:00.000Z'],
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2026-01-31T08:00:00', null],
  ['2026-02-31', null],
  ['2026-13-01T00:00:00Z', null],
  ['2026-01-31T25:00:00Z', null],
  ['2026-01-31 08:00:00Z', null],
  ['31.1.2026', null],
  ['yesterday', null],
  ['17', null],
  ['', null],
];
for (const [text, expected] of rows) {
  test(`${JSON.stringify(text)} is ${expected ?? 'no time'}`, () => {
    assert.equal(parseInstant(text), expected === null ? null : Date.parse(expected));
  });
}
