import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { decodeOffsetMap, encodeOffsetMap } from '../../common/kafka/positions/offset-map.ts';
import { OffsetTracker } from './offset-tracker.ts';
import type { Tracked } from './offset-tracker.ts';

test('nothing unfinished is ever below the commit point or named as finished', () => {
  // Model: a log with gaps, records received in order, finished in random order.
  const scenario = fc.record({
    start: fc.integer({ min: 0, max: 1_000 }),
    gaps: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 200 }),
    picks: fc.array(fc.nat(), { maxLength: 400 }),
  });
  fc.assert(
    fc.property(scenario, ({ start, gaps, picks }) => {
      const tracker = new OffsetTracker(start);
      const open: Tracked[] = [];
      const finished = new Set<number>();
      let next = start;
      let received = 0;
      for (const pick of picks) {
        if (pick % 2 === 0 && received < gaps.length) {
          next += gaps[received] as number;
          received += 1;
          open.push(tracker.receive(next) as Tracked);
          next += 1;
        } else if (open.length > 0) {
          const [one] = open.splice(pick % open.length, 1);
          tracker.finish(one as Tracked);
          finished.add((one as Tracked).offset);
        }
        const lowest = open.length > 0 ? Math.min(...open.map((o) => o.offset)) : next;
        assert.equal(tracker.commitPoint, Math.max(start, lowest));
        const named = tracker.doneBeyond().flatMap(({ start: from, end }) => {
          return Array.from({ length: end - from }, (_, n) => from + n);
        });
        // Where no record is there is nothing to do.
        const last = Math.max(...finished);
        const isOpen = new Set(open.map(({ offset }) => offset));
        const between = Array.from(
          { length: Math.max(0, last - lowest) },
          (_, n) => lowest + 1 + n,
        );
        assert.deepEqual(
          named,
          between.filter((offset) => !isOpen.has(offset)),
        );
      }
    }),
  );
});

test('a new owner delivers exactly what the old one had not finished', () => {
  const scenario = fc.record({
    count: fc.integer({ min: 1, max: 300 }),
    finish: fc.array(fc.nat(), { maxLength: 300 }),
    readByOld: fc.nat(),
  });
  fc.assert(
    fc.property(scenario, ({ count, finish, readByOld }) => {
      const old = new OffsetTracker(0);
      const readCount = readByOld % (count + 1);
      const received = Array.from({ length: readCount }, (_, n) => old.receive(n) as Tracked);
      const done = new Set<number>();
      for (const pick of finish) {
        if (readCount === 0) break;
        const offset = pick % readCount;
        if (done.has(offset)) continue;
        done.add(offset);
        old.finish(received[offset] as Tracked);
      }
      const base = old.commitPoint;
      const { text } = encodeOffsetMap(base, old.doneBeyond());
      const fresh = new OffsetTracker(base, decodeOffsetMap(base, text));
      const delivered: number[] = [];
      for (let offset = base; offset < count; offset += 1) {
        // Handing over again half-way must not forget what the first owner finished.
        assert.equal(fresh.doneBeyond().at(-1)?.end, undefinedIfPast(fresh, base, text));
        if (fresh.receive(offset)) delivered.push(offset);
      }
      const expected = Array.from({ length: count }, (_, n) => n).filter((n) => !done.has(n));
      assert.deepEqual(
        delivered,
        expected.filter((n) => n >= base),
      );
      assert.ok(expected.every((n) => n >= base));
    }),
  );
});

/** The end of the last range that the map names, while it lies beyond the commit point. */
function undefinedIfPast(tracker: OffsetTracker, base: number, text: string) {
  const end = decodeOffsetMap(base, text).at(-1)?.end;
  return end !== undefined && end > tracker.commitPoint ? end : undefined;
}

test('markers after the last record count as read, so that the lag becomes zero', () => {
  const tracker = new OffsetTracker(5);
  const only = tracker.receive(5) as Tracked;
  tracker.skipTo(8);
  assert.equal(tracker.commitPoint, 5);
  tracker.finish(only);
  assert.equal(tracker.commitPoint, 8);
});

test('a record received again is passed over', () => {
  const tracker = new OffsetTracker(0);
  assert.ok(tracker.receive(0));
  assert.equal(tracker.receive(0), null);
});

test('finishing twice is a bug and stops the process', () => {
  const tracker = new OffsetTracker(0);
  const one = tracker.receive(0) as Tracked;
  tracker.finish(one);
  assert.throws(() => tracker.finish(one), { name: 'InvariantError' });
});

test('behind records that wait for hours, what is finished is known in little memory', () => {
  const count = 30_000;
  const tracker = new OffsetTracker(0);
  const waiting = new Map<number, Tracked>();
  const done = new Set<number>();
  for (let offset = 0; offset < count; offset += 1) {
    const tracked = tracker.receive(offset) as Tracked;
    // A few hundred at a time are under way and finish out of order; every 5,000th one waits.
    waiting.set(offset, tracked);
    const ends = offset - ((offset * 7_919) % 300);
    const one = waiting.get(ends);
    if (!one || ends % 5_000 === 0) continue;
    tracker.finish(one);
    waiting.delete(ends);
    done.add(ends);
  }
  const named = tracker
    .doneBeyond()
    .flatMap(({ start, end }) => Array.from({ length: end - start }, (_, n) => start + n));
  assert.deepEqual(
    named,
    [...done].toSorted((a, b) => a - b),
  );
  assert.equal(tracker.commitPoint, 0);
  for (const one of waiting.values()) tracker.finish(one);
  assert.equal(tracker.commitPoint, count);
  assert.deepEqual(tracker.doneBeyond(), []);
});

test('one record that waits keeps no entry of those that finished after it', () => {
  const tracker = new OffsetTracker(0);
  const stuck = tracker.receive(0) as Tracked;
  for (let offset = 1; offset <= 200_000; offset += 1) {
    tracker.finish(tracker.receive(offset) as Tracked);
  }
  assert.deepEqual(tracker.doneBeyond(), [{ start: 1, end: 200_001 }]);
  assert.ok(JSON.stringify(tracker).length < 100_000, 'entries pile up');
  tracker.finish(stuck);
  assert.equal(tracker.commitPoint, 200_001);
});
