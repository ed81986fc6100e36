import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipientsOf } from '../../test/support/recipients.ts';
import { ulid } from 'ulid';
import { encodeCommitMark } from '../../common/kafka/positions/commit-metadata.ts';
import { encodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';
import type { OffsetRange } from '../../common/kafka/positions/offset-map.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import fc from '../../test/support/property.ts';
import { hintOf, ulidTimeMs } from './delivery-id.ts';
import type { IdHint } from './delivery-id.ts';
import { notFoundText } from './not-found.ts';
import type { Extent } from './not-found.ts';
import { cursorProgress, firstUnfinished, isFinished, progressOf } from './positions.ts';
import { deliveriesIn } from './queued-delivery.ts';
import { formatQueueCursor, parseQueueCursor } from './queue-cursor.ts';
import { narrowed, nextProbe, rowsOf } from './row-search.ts';
import type { RowWindow } from './row-search.ts';
import { closedReason, waitStatusOf } from './wait-status.ts';

const NOW = Date.UTC(2026, 10, 29, 12);

test('the id of a delivery says where its record lies, as far as any id does', () => {
  const id = ulid(NOW);
  const time = { kind: 'time', atMs: NOW };
  const rows: readonly [id: string, hint: object][] = [
    [id, time],
    [`${id}-sub_${ulid(NOW + 5)}`, time],
    [`${id}-0000000012`, { kind: 'row', fileId: id, row: 12 }],
    ['w.deliveries-11-987', { kind: 'place', topic: 'w.deliveries', partition: 11, offset: 987 }],
    ['x.deliveries-11-987', { kind: 'other' }],
    ['w.deliveries-11', { kind: 'other' }],
    [`idem-${'a'.repeat(32)}`, { kind: 'other' }],
    [`idem-${'a'.repeat(32)}-sub_${id}`, { kind: 'other' }],
    [id.toLowerCase(), { kind: 'other' }],
    [`8${id.slice(1)}`, { kind: 'other' }],
    [`${id}X`, { kind: 'other' }],
  ];
  for (const [text, hint] of rows) assert.deepEqual(hintOf(text, ['w.deliveries']), hint, text);
});

test('the time of any ULID is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (atMs) => {
      assert.equal(ulidTimeMs(ulid(atMs)), atMs);
    }),
  );
});

test('finished is what lies before the commit or is named in it, and for one behind its cursor', () => {
  const done = [
    { start: 12, end: 14 },
    { start: 20, end: 21 },
  ];
  const mark = { owner: 'a', isReleased: false, done, retries: [] };
  const committed = { offset: 10, metadata: encodeCommitMark(10, mark).text };
  const head = progressOf(committed, { low: 0, high: 30 });
  const none = { topicId: '', retries: [], attemptsFromMs: 0 };
  const counts = { left: 9, countedTo: 30, sinceMs: 1, ...none };
  const cursor = (offset: number, ranges: readonly OffsetRange[], until: number | null) => {
    const { text } = encodeCursorMark(offset, { owner: 'a', done: ranges, until, ...counts });
    return cursorProgress({ offset, metadata: text });
  };
  const cursors = new Map([
    ['sub_a', cursor(4, [{ start: 6, end: 7 }], null)],
    ['sub_b', cursor(3, [{ start: 4, end: 11 }], 13)],
    ['sub_c', cursorProgress({ offset: 22, metadata: '' })],
  ]);
  const position = { low: 0, head, cursors };
  const unfinished = (endpoint: string) =>
    Array.from({ length: 24 }, (_, offset) => offset).filter(
      (offset) => !isFinished(offset, endpoint, position),
    );
  assert.deepEqual(unfinished('default'), [10, 11, 14, 15, 16, 17, 18, 19, 21, 22, 23]);
  assert.deepEqual(unfinished('sub_a').slice(0, 5), [4, 5, 7, 8, 9]);
  assert.equal(unfinished('sub_a').length, 19);
  // It has caught up: from 13 on the head tells.
  assert.deepEqual(unfinished('sub_b'), [3, 11, 12, 14, 15, 16, 17, 18, 19, 21, 22, 23]);
  assert.deepEqual(unfinished('sub_c'), [22, 23], 'reset by hand');
  assert.equal(firstUnfinished(position), 3);
  assert.equal(firstUnfinished(position, 'default'), 10);
  assert.equal(firstUnfinished(position, 'sub_a'), 4);
  assert.equal(firstUnfinished({ ...position, low: 8 }), 8);
});

test('a position that is not in the log counts as its start, as the consumers take it', () => {
  const bounds = { low: 5, high: 9 };
  for (const offset of [null, 3, 12]) {
    assert.deepEqual(progressOf({ offset, metadata: '' }, bounds), { offset: 5, done: [] });
  }
  assert.deepEqual(progressOf({ offset: 9, metadata: '' }, bounds), { offset: 9, done: [] });
  const done = [{ start: 4, end: 8 }];
  const { text } = encodeCommitMark(3, { owner: 'a', isReleased: true, done, retries: [] });
  assert.deepEqual(progressOf({ offset: 3, metadata: text }, bounds), { offset: 5, done });
});

function aRecord(headers: Record<string, string>, offset = 7): LogRecord {
  const place = { topic: 'd', partition: 3, offset };
  return { ...place, key: 'user-1', value: Buffer.from('{}'), headers, timestampMs: NOW };
}

test('a record becomes the delivery that it asks for; a batch that cannot be read is none', () => {
  const headers = {
    'webhook-id': 'a',
    'wh-subscription': 's',
    'event-type': 't',
    'wh-due-at': '9',
  };
  const record = aRecord(headers);
  assert.deepEqual(deliveriesIn(record, recipientsOf()), [
    {
      ...{ id: 'a', subscription: 's', endpoint: 's', key: 'user-1', eventType: 't', dueAtMs: 9 },
      record,
    },
  ]);
  const [other] = deliveriesIn(aRecord({}), recipientsOf());
  assert.deepEqual([other?.id, other?.endpoint, other?.dueAtMs], ['d-3-7', 'default', null]);
  const undecodable = { firstOffset: 1, lastOffset: 7, reason: 'damaged' };
  assert.deepEqual(deliveriesIn({ ...record, undecodable }, recipientsOf()), []);
});

test('a delivery waits when its endpoint is closed or behind, or its time has not come', () => {
  const [delivery] = deliveriesIn(aRecord({ 'wh-subscription': 's' }), recipientsOf());
  assert.ok(delivery);
  const head = { offset: 5, done: [] };
  const position = { head, cursors: new Map() };
  const stands = (change: object, where: object = {}, closed: string | null = null) =>
    waitStatusOf({ ...delivery, ...change }, { ...position, ...where }, closed, NOW);
  assert.deepEqual(stands({}), { state: 'queued', reason: null });
  assert.deepEqual(stands({}, {}, 'why'), { state: 'waiting', reason: 'why' });
  assert.deepEqual(stands({ dueAtMs: NOW - 1 }), { state: 'queued', reason: null });
  assert.equal(stands({ dueAtMs: NOW + 1 }).reason, 'it is due at 2026-11-29T12:00:00.001Z');
  const behind = {
    head: { offset: 9, done: [] },
    cursors: new Map([['s', { offset: 2, done: [], until: null }]]),
  };
  assert.equal(stands({}, behind).reason, 'its endpoint is behind, at offset 2');
});

test('what keeps an endpoint from taking anything is named', () => {
  const open = { subscription: undefined, isDefaultDisabled: false, reports: [] };
  const disabled = { state: 'disabled', disabledReason: '410' } as const;
  const restingReason = 'retry-after';
  const rests = { state: 'paused', restingUntil: NOW, restingReason } as const;
  const fails = { state: 'circuit-open', restingUntil: null, restingReason: null } as const;
  assert.equal(closedReason(open), null);
  assert.equal(
    closedReason({ ...open, subscription: disabled }),
    'its subscription is disabled: 410',
  );
  assert.match(String(closedReason({ ...open, isDefaultDisabled: true })), /WEBHOOK_URL/);
  assert.equal(closedReason({ ...open, isDefaultPaused: true }), 'its endpoint is paused');
  const paused = { state: 'enabled', disabledReason: null, isPaused: true } as const;
  assert.equal(closedReason({ ...open, subscription: paused }), 'its endpoint is paused');
  assert.match(String(closedReason({ ...open, reports: [rests] })), /2026-11-29T12:00:00\.000Z$/);
  assert.match(String(closedReason({ ...open, reports: [rests, fails] })), /fails/);
  assert.equal(
    closedReason({
      ...open,
      reports: [{ state: 'open', restingUntil: null, restingReason: null }],
    }),
    null,
  );
});

test('a row of a file is found in few steps, however its rows are spread', () => {
  const file = ulid(NOW);
  for (const gap of [1, 7, 40]) {
    // Every so many offsets a row, and a long part of another file in the middle.
    const rowAt = (offset: number) => (offset % gap === 0 ? offset / gap + 1 : null);
    const end = 200_000;
    for (const row of [1, 2, 1_234, Math.floor(end / gap)]) {
      let window: RowWindow = { next: 0, end, above: 0, below: Math.floor(end / gap) + 2 };
      let steps = 0;
      for (let probe = nextProbe(window, row, 0); probe !== null; steps += 1) {
        const readTo = Math.min(end, probe + 200);
        const rows = Array.from({ length: readTo - probe }, (_, n) => rowAt((probe as number) + n));
        const own = rows.filter((one) => one !== null);
        assert.ok(own.length > 0);
        if ((own[0] ?? 0) <= row && row <= (own.at(-1) ?? 0)) {
          window = { ...window, next: probe, end: readTo };
          break;
        }
        window = narrowed(window, row, { probe, rows: own, readTo });
        probe = nextProbe(window, row, steps + 1);
      }
      const at = (row - 1) * gap;
      assert.ok(window.next <= at && at < window.end, `row ${row}, a row in ${gap}`);
      assert.ok(steps <= 24, `${steps} steps to row ${row}`);
    }
  }
  const copy = { 'webhook-id': `${file}-0000000003`, 'webhook-replay': 'r' };
  const ids = [`${file}-0000000001`, `${ulid(NOW)}-0000000002`, 'other'];
  const records = [...ids.map((id) => aRecord({ 'webhook-id': id })), aRecord(copy)];
  assert.deepEqual(rowsOf(file, records), [1]);
});

test('a cursor is read back, and nothing else is taken for one', () => {
  for (const after of ['', 'sub_01JDABCDEFGHJKMNPQRSTVWXYZ']) {
    const cursor = { topic: 1, partition: 11, offset: 123_456_789, after };
    assert.deepEqual(parseQueueCursor(formatQueueCursor(cursor)), cursor);
  }
  for (const text of ['', 'q', '1-2', 'q1-2-3', 'q1-2-x-', 'q1-2-3-4-5']) {
    assert.equal(parseQueueCursor(text), null, text);
  }
});

test('who is not found is told what was searched', () => {
  const times = { retentionHours: 72, nowMs: NOW };
  const other = { kind: 'other' } as const;
  const text = (hint: IdHint, records: number, extent: Extent = 'all') =>
    notFoundText('x', hint, { records, extent }, times);
  assert.equal(
    text(other, 0),
    'No attempt of a delivery x is in the log, and it is not unfinished',
  );
  assert.match(text(other, 12), /not unfinished \(12 records were read\)$/);
  assert.match(text(other, 160_000, 'part'), /160000 unfinished records that one request reads/);
  assert.match(text(other, 16_000, 'likely'), /given by Hookline \(16000 were read\)/);
  const old = { kind: 'time', atMs: NOW - 73 * 3_600_000 } as const;
  assert.match(
    text(old, 0),
    /its time is before the 72 hours for which attempts are kept; if it is the id of an event/,
  );
  const sub = 'sub_01JH8Z3V9Q7W4B2M6N0P5R8T1X';
  const ofEvent = notFoundText(`x-${sub}`, { kind: 'other' }, { records: 0, extent: 'all' }, times);
  assert.match(ofEvent, new RegExp(`GET /deliveries\\?status=cancelled&subscription=${sub}$`));
});
