import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAdmitting } from './admission.ts';

const cases: readonly [before: 'open' | 'closed', lag: number, after: 'open' | 'closed'][] = [
  ['open', 0, 'open'],
  ['open', 999, 'open'],
  ['open', 1_000, 'closed'],
  ['closed', 1_000, 'closed'],
  ['closed', 900, 'closed'],
  ['closed', 899, 'open'],
];
for (const [before, lag, after] of cases) {
  test(`with ${lag} of 1000 waiting, what was ${before} is then ${after}`, () => {
    assert.equal(isAdmitting(before === 'open', lag, 1_000), after === 'open');
  });
}
