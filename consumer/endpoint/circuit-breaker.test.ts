import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { CLOSED, admits, afterOutcome } from './circuit-breaker.ts';
import type { Circuit } from './circuit-breaker.ts';

const refused = { kind: 'refused', retryAfterMs: null } as const;
const down = { kind: 'unreachable', error: 'timeout' } as const;
const answered = { ...refused, status: 500 } as const;

function failing(count: number, everyMs: number, from: Circuit = CLOSED): [Circuit, number] {
  let circuit = from;
  let nowMs = 0;
  for (let n = 0; n < count; n += 1) circuit = afterOutcome(circuit, down, (nowMs += everyMs));
  return [circuit, nowMs];
}

test('many failures in a moment, or few over a long time, leave it closed', () => {
  assert.ok(admits(failing(1_000, 1)[0], 50, 1_000));
  assert.ok(admits(failing(19, 60_000)[0], 50, 19 * 60_000));
});

test('what refuses hundreds a second is tried for two seconds and no longer', () => {
  assert.ok(admits(failing(200, 10)[0], 50, 2_000));
  assert.equal(admits(failing(201, 10)[0], 0, 2_010), false);
});

test('down for long enough it opens, and then lets one request at a time through', () => {
  const [open, nowMs] = failing(21, 500);
  assert.equal(admits(open, 0, nowMs), false);
  assert.equal(admits(open, 0, nowMs + 1_000), true);
  assert.equal(admits(open, 1, nowMs + 1_000), false);
});

test('each failed probe doubles the wait up to 15 s, and any answer closes it', () => {
  let [open, nowMs] = failing(21, 500);
  for (const waitMs of [2_000, 4_000, 8_000, 15_000, 15_000]) {
    nowMs = open.openUntilMs;
    open = afterOutcome(open, down, nowMs);
    assert.equal(open.openUntilMs - nowMs, waitMs);
  }
  assert.equal(afterOutcome(open, answered, nowMs + 1), CLOSED);
});

test('what was under way when it opened neither lengthens the wait nor counts', () => {
  const [open, nowMs] = failing(21, 500);
  assert.equal(afterOutcome(open, down, nowMs + 1), open);
});

test('a gateway that cannot reach the endpoint counts, the own error of an endpoint does not', () => {
  const gateway = afterOutcome(CLOSED, { ...refused, status: 502 }, 1);
  assert.equal(gateway.failuresInRow, 1);
  assert.equal(afterOutcome(CLOSED, answered, 1), CLOSED);
});

test('whatever happens, it is never shut for longer than 15 s', () => {
  const event = fc.tuple(fc.integer({ min: 0, max: 30_000 }), fc.constantFrom(down, answered));
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), (events) => {
      let circuit = CLOSED;
      let nowMs = 1;
      for (const [afterMs, outcome] of events) {
        nowMs += afterMs;
        circuit = afterOutcome(circuit, outcome, nowMs);
        assert.ok(admits(circuit, 0, nowMs + 15_000));
      }
    }),
  );
});

test('a proxy of ours that fails neither opens it nor closes it', () => {
  const byProxy = { kind: 'unreachable', error: 'proxy' } as const;
  let circuit: Circuit = CLOSED;
  for (let n = 0; n < 1_000; n += 1) circuit = afterOutcome(circuit, byProxy, n * 100);
  assert.equal(circuit, CLOSED);
  const [open] = failing(21, 500);
  assert.equal(afterOutcome(open, byProxy, 60_000), open);
});

test('the twentieth failure may open it, and an answer of a gateway code counts only as refused', () => {
  assert.ok(admits(failing(19, 200)[0], 50, 3_800));
  const [open, nowMs] = failing(20, 200);
  assert.equal(admits(open, 0, nowMs), false);
  assert.equal(admits(open, 0, open.openUntilMs), true);
  assert.equal(afterOutcome(CLOSED, { kind: 'accepted', status: 200 }, 1), CLOSED);
});
