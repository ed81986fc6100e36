import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alarm } from '../../common/model/consumer-state.ts';
import { NOTHING_RAISED, parseAlertState } from '../../common/model/alert-state.ts';
import type { AlertState } from '../../common/model/alert-state.ts';
import { afterLook, afterSight, conditionsOf } from './conditions.ts';

const STUCK: Alarm = { kind: 'key-stuck', detail: 'deliveries/3' };
const MINUTE_MS = 60_000;

function look(
  state: AlertState,
  { alarms = [] as Alarm[], deadLately = 0 },
  { nowMs = 1_000, seenMs = {} as Record<string, number> } = {},
) {
  const observed = { alarms, deadLately, windowMinutes: 5, deadMin: 100 };
  const lastSeen = new Map(Object.entries(seenMs));
  return afterLook(state, conditionsOf(observed, state), { lastSeen, nowMs });
}

test('an alarm of several consumers is reported once, when it begins', () => {
  const alarms = [STUCK, { ...STUCK, detail: 'deliveries/4' }];
  const { next, events } = look(NOTHING_RAISED, { alarms });
  assert.deepEqual(events, [
    {
      ...{ type: 'hookline.alarm.raised', id: 'alarm-key-stuck-1000', atMs: 1_000 },
      data: STUCK,
    },
  ]);
  assert.deepEqual(parseAlertState(JSON.stringify(next)), next);
  const again = look(next, { alarms: [{ ...STUCK, detail: 'deliveries/5' }] }, { nowMs: 2_000 });
  assert.equal(again.next, next);
  assert.deepEqual(again.events, []);
});

test('one that goes away is reported again only when it was over for five minutes', () => {
  const { next } = look(NOTHING_RAISED, { alarms: [STUCK] });
  const seenMs = { 'alarm-key-stuck': 1_000 };
  const soon = look(next, {}, { nowMs: 1_000 + 4 * MINUTE_MS, seenMs });
  assert.equal(soon.next, next);
  const over = look(next, {}, { nowMs: 1_000 + 5 * MINUTE_MS, seenMs });
  assert.deepEqual(over.next.raised, {});
  assert.deepEqual(over.events, []);
  assert.equal(look(over.next, { alarms: [STUCK] }, { nowMs: 400_000 }).events.length, 1);
  assert.equal(look(next, {}, { nowMs: 9 * MINUTE_MS }).next, next, 'not seen since this start');
});

test('a burst of dead letters begins at the limit, and lasts until half of it', () => {
  assert.deepEqual(look(NOTHING_RAISED, { deadLately: 99 }).events, []);
  const { next, events } = look(NOTHING_RAISED, { deadLately: 100 });
  assert.deepEqual(
    events.map(({ type, data }) => [type, data]),
    [['hookline.dead_letter.burst', { dead_letters: 100, minutes: 5 }]],
  );
  const seenMs = { 'dead-letter-burst': 1_000 };
  const later = { nowMs: 10 * MINUTE_MS, seenMs };
  assert.equal(look(next, { deadLately: 50 }, later).next, next);
  assert.deepEqual(look(next, { deadLately: 49 }, later).next.raised, {});
});

test('a condition that flickers is reported once, however long ago it was last reported', () => {
  let state: AlertState = NOTHING_RAISED;
  let lastSeen: ReadonlyMap<string, number> = new Map();
  let reports = 0;
  const sees = (alarms: readonly Alarm[], nowMs: number) => {
    const observed = { alarms, deadLately: 0, windowMinutes: 5, deadMin: 100 };
    const conditions = conditionsOf(observed, state);
    lastSeen = afterSight(lastSeen, state, conditions, nowMs);
    const { next, events } = afterLook(state, conditions, { lastSeen, nowMs });
    [state, reports] = [next, reports + events.length];
  };
  sees([STUCK], 1_000);
  sees([], 3_000);
  sees([], 7 * MINUTE_MS);
  assert.deepEqual([state.raised, reports], [{}, 1]);
  for (let n = 0; n < 4; n += 1) {
    sees([STUCK], 60 * MINUTE_MS + n * 4_000);
    sees([], 60 * MINUTE_MS + n * 4_000 + 2_000);
  }
  assert.equal(reports, 2, 'once for an hour ago, and once for all that came since');
  sees([], 70 * MINUTE_MS);
  sees([], 71 * MINUTE_MS);
  assert.deepEqual([...lastSeen], [], 'nothing is kept of what is over');
});
