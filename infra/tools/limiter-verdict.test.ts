import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limiterVerdict } from './limiter-verdict.ts';
import type { Hit } from './limiter-verdict.ts';

const ok: Hit = { status: 200, retryAfter: null };
const refused: Hit = { status: 429, retryAfter: '1' };
const hits = (accepted: number, others: readonly Hit[] = []): Hit[] => [
  ...Array.from({ length: accepted }, () => ok),
  ...others,
];
const fill = (count: number, hit = refused) => Array.from({ length: count }, () => hit);

const cases: readonly [
  title: string,
  rps: number,
  hits: Hit[],
  tookMs: number,
  passed: boolean,
  text: RegExp,
][] = [
  ['the rate and no more passes', 5, hits(5, fill(5)), 50, true, /the limiter works/],
  ['one more than the rate fails', 5, hits(6, fill(4)), 50, false, /at most 5/],
  ['two seconds have room for two windows', 5, hits(10), 1_000, true, /nothing to refuse/],
  ['half a request a second has room for one', 0.5, hits(1, fill(9)), 1_900, true, /works/],
  ['and for a second one only after two seconds', 0.5, hits(2, fill(8)), 1_900, false, /at most 1/],
  ['a rate above ten leaves nothing to refuse', 20, hits(10), 50, true, /nothing to refuse/],
  [
    'a 429 without Retry-After fails',
    5,
    hits(5, fill(5, { status: 429, retryAfter: null })),
    50,
    false,
    /Retry-After/,
  ],
  [
    'a Retry-After that is no whole second fails',
    5,
    hits(5, fill(5, { status: 429, retryAfter: '0.5' })),
    50,
    false,
    /Retry-After/,
  ],
  ['another status fails', 5, hits(5, [{ status: 500, retryAfter: null }]), 50, false, /500/],
];
for (const [title, rps, given, tookMs, passed, text] of cases) {
  test(title, () => {
    const verdict = limiterVerdict({ mode: 'ratelimit', rps }, given, tookMs);
    assert.equal(verdict.passed, passed, verdict.text);
    assert.match(verdict.text, text);
  });
}

test('a receiver in another mode does not limit', () => {
  const verdict = limiterVerdict({ mode: 'ok', rps: 5 }, hits(10), 50);
  assert.equal(verdict.passed, false);
  assert.match(verdict.text, /mode ok/);
});
