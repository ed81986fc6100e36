import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forecastOf } from './forecast.ts';
import type { Fleet, Queue } from './forecast.ts';
import { WaitingTrend } from './trend.ts';
import { waitingNow } from './waiting-now.ts';

const NOW_MS = 1_700_000_000_000;
const FLEET: Fleet = { consumers: 2, inFlight: 10, places: 128 };
const QUEUE: Queue = {
  ...{ waiting: 6_000, deliveredPerSecond: 100, drainedPerSecond: 60, state: 'ok' },
  ...{ rateLimit: null, restingUntilMs: null, restingReason: null },
};
const forecast = (queue: Partial<Queue>, fleet: Partial<Fleet> = {}) =>
  forecastOf({ ...QUEUE, ...queue }, { ...FLEET, ...fleet }, NOW_MS);

test('what waits is divided by how fast it becomes less', () => {
  assert.equal(forecast({}).secondsLeft, 100);
  assert.equal(forecast({ drainedPerSecond: 0.1 }).secondsLeft, 60_000);
  assert.equal(forecast({ waiting: 0 }).secondsLeft, 0);
  assert.equal(forecast({ waiting: 0 }).bound, null);
});

test('no end is foretold of what grows, stands still, or is not known yet', () => {
  for (const drainedPerSecond of [-5, 0, null]) {
    assert.equal(forecast({ drainedPerSecond }).secondsLeft, null, String(drainedPerSecond));
  }
  assert.match(forecast({ drainedPerSecond: -5 }).advice, /More comes than is delivered/);
});

test('the bound is what comes first of all that hold it up', () => {
  const taken = { inFlight: 120 };
  assert.equal(forecast({}).bound, 'consumers');
  assert.equal(forecast({}, taken).bound, 'places');
  assert.equal(forecast({}, { inFlight: 120, places: 0 }).bound, 'consumers');
  assert.equal(forecast({ rateLimit: 110 }, taken).bound, 'rate-limit');
  assert.equal(forecast({ rateLimit: 200 }, taken).bound, 'places');
  for (const state of ['circuit-open', 'paused', 'disabled'] as const) {
    assert.equal(forecast({ state, rateLimit: 110 }).bound, state);
    assert.equal(forecast({ state }).secondsLeft, null);
  }
  assert.equal(forecast({ state: 'paused' }, { consumers: 0 }).bound, 'no-consumers');
});

test('after a rest the rate limit decides, from its end on', () => {
  const resting = { state: 'throttled', restingUntilMs: NOW_MS + 30_000 };
  assert.equal(forecast({ ...resting, rateLimit: 200 }).secondsLeft, 60);
  assert.equal(forecast({ ...resting, rateLimit: null }).secondsLeft, 100);
  assert.equal(forecast(resting).bound, 'resting');
  assert.match(forecast(resting).advice, /target has asked/);
  for (const [restingReason, said] of [
    ['proxy', /^The proxy fails/],
    ['token-server', /^The token server fails/],
  ] as const) {
    assert.match(forecast({ ...resting, restingReason }).advice, said);
  }
});

test('a trend looks back a minute, and not over less than some seconds', () => {
  const trend = new WaitingTrend();
  const at = (seconds: number, head: number, left?: number) =>
    trend.add({
      ...{ atMs: NOW_MS + seconds * 1_000, head },
      endpoints: new Map(left === undefined ? [] : [['sub_1', left]]),
    });
  const head = () => trend.drainedPerSecond((waiting) => waiting.head);
  const left = () => trend.drainedPerSecond(({ endpoints }) => endpoints.get('sub_1'));
  at(0, 1_000);
  assert.equal(head(), null);
  at(5, 900);
  assert.equal(head(), null);
  at(10, 800, 50);
  assert.equal(head(), 20);
  assert.equal(left(), null, 'it has only just fallen behind');
  at(65, 800, 160);
  at(70, 800, 170);
  assert.equal(head(), 0, 'what was more than a minute ago counts no more');
  assert.equal(left(), -2);
});

test('what waits for an endpoint that takes nothing is not counted in the head', () => {
  const endpoint = (subscription: string | null, changes: object) => ({
    ...{ subscription, state: 'ok', waiting: 0, behind: null, ...changes },
  });
  const endpoints = [
    endpoint(null, { waiting: 30 }),
    endpoint('sub_behind', { waiting: 40, behind: 500 }),
    endpoint('sub_rests', { state: 'throttled', waiting: 7 }),
    endpoint('sub_off', { state: 'disabled' }),
  ] as Parameters<typeof waitingNow>[0];
  const counts = { unfinished: 600, retrying: 20, cancelledAhead: 0 };
  assert.deepEqual(waitingNow(endpoints, counts, NOW_MS), {
    ...{ atMs: NOW_MS, head: 600 - 20 - 507 },
    endpoints: new Map([
      ['sub_behind', 500],
      ['sub_rests', 7],
    ]),
  });
  const few = { unfinished: 3, retrying: 5, cancelledAhead: 0 };
  assert.equal(waitingNow(endpoints, few, NOW_MS).head, 0);
  // An endpoint counts the rows of cancelled files that it has not passed.
  const behind = [endpoint(null, { behind: 30 })] as typeof endpoints;
  const { head, endpoints: alone } = waitingNow(
    behind,
    { unfinished: 10, retrying: 0, cancelledAhead: 25 },
    NOW_MS,
  );
  assert.deepEqual([head, [...alone]], [5, [['default', 5]]]);
});
