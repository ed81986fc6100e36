import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipientsOf } from '../../test/support/recipients.ts';
import type { InFlightReport } from '../../common/model/consumer-state.ts';
import { deliveriesIn } from '../unfinished/queued-delivery.ts';
import type { AttemptRow } from './attempt-row.ts';
import { attemptView, attemptedView, queuedView } from './delivery-view.ts';

const NOW = Date.UTC(2026, 10, 29, 12);
const FILE = '01KB7Q9XG00000000000000000';
const ROW: AttemptRow = {
  ...{ seq: 1, at: NOW, id: `${FILE}-0000000007`, user: 'u', subscription: null, attempt: 2 },
  ...{ event_type: null, state: 'retrying', status: 500, error: 'HTTP 500', excerpt: '' },
  answer_headers: null,
  sealed: null,
  trigger: 'replay',
  ...{ latency_ms: 1, due_at: NOW + 1_000, topic: 'retry', partition: 1, offset: 4 },
};
const SENT: InFlightReport = {
  ...{ id: ROW.id, key: 'u', subscription: null, eventType: null, attempt: 3 },
  ...{ since: NOW + 1, topic: 'retry', partition: 1, offset: 9, trigger: 'redrive' },
};
const RECORD = {
  ...{ topic: 'd', partition: 3, offset: 11, key: 'u', value: Buffer.from('{}') },
  ...{ headers: { 'webhook-id': 'a', 'event-type': 'order.paid' }, timestampMs: NOW },
};
const QUIET = { inFlight: undefined, closed: null };

test('the last attempt says where a delivery stands, with the file and the row of its id', () => {
  const view = attemptedView(ROW, QUIET);
  const { state, attempt, file, row, offset, next_attempt_at } = view;
  assert.deepEqual([state, attempt, file, row, offset], ['retrying', 2, FILE, 7, 4]);
  assert.equal(next_attempt_at, '2026-11-29T12:00:01.000Z');
});

test('a request that began after the last attempt counts, an older one has ended since', () => {
  const { state, attempt, status, offset } = attemptedView(ROW, { ...QUIET, inFlight: SENT });
  assert.deepEqual([state, attempt, status, offset], ['in_flight', 3, 500, 9]);
  const old = { ...SENT, since: NOW - 1 };
  assert.equal(attemptedView(ROW, { ...QUIET, inFlight: old }).state, 'retrying');
});

test('what was put back says so, in every state', () => {
  assert.equal(attemptedView(ROW, QUIET).trigger, 'replay');
  assert.equal(attemptedView(ROW, { ...QUIET, inFlight: SENT }).trigger, 'redrive');
  assert.equal(attemptView(ROW).trigger, 'replay');
  const triggers = [{}, { 'webhook-replay': 'r' }, { 'webhook-replay': 'r', 'wh-redrives': '1' }];
  assert.deepEqual(
    triggers.map((headers) => {
      const [delivery] = deliveriesIn({ ...RECORD, headers }, recipientsOf());
      assert.ok(delivery);
      return queuedView(delivery, { state: 'queued', reason: null }, undefined).trigger;
    }),
    [null, 'replay', 'redrive'],
  );
});

test('after a 429 a delivery waits, and why its endpoint takes nothing is said', () => {
  const paused: AttemptRow = { ...ROW, state: 'throttled', status: 429, due_at: null };
  const view = attemptedView(paused, QUIET);
  assert.deepEqual([view.state, view.status], ['waiting', 429]);
  assert.match(String(view.waiting_reason), /asked for a pause/);
  const unreached = attemptedView({ ...paused, status: null, error: 'proxy: no' }, QUIET);
  assert.match(String(unreached.waiting_reason), /was not reached/);
  assert.equal(attemptedView(paused, { ...QUIET, closed: 'why' }).waiting_reason, 'why');
});

test('what was never attempted has the same fields, and its place in the log', () => {
  const [delivery] = deliveriesIn(RECORD, recipientsOf());
  assert.ok(delivery);
  const view = queuedView(delivery, { state: 'queued', reason: null }, undefined);
  assert.deepEqual(Object.keys(view).sort(), Object.keys(attemptedView(ROW, QUIET)).sort());
  assert.deepEqual(
    [view.state, view.attempt, view.event_type, view.accepted_at, view.last_attempt_at],
    ['queued', 0, 'order.paid', '2026-11-29T12:00:00.000Z', null],
  );
  const paused: AttemptRow = { ...ROW, state: 'throttled', status: 429 };
  const again = queuedView(delivery, { state: 'queued', reason: null }, paused);
  assert.deepEqual([again.state, again.status, again.attempt], ['waiting', 429, 2]);
});
