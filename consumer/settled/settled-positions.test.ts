// Goal: whatever fails, is retried, committed and killed, nothing comes to an endpoint from below
// the offset that an earlier attempt has called settled, and the bound follows in the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createLogger } from '../../common/base/logger.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { decodeCommitMark } from '../../common/kafka/positions/commit-metadata.ts';
import { DLQ_HEADER, HEADER } from '../../common/model/delivery.ts';
import type { Delivery } from '../../common/model/delivery.ts';
import fc from '../../test/support/property.ts';
import { toRetry } from '../outcome/failure-record.ts';
import { PartitionState } from '../partition/partition-state.ts';
import type { Tracked } from '../partition/offset-tracker.ts';
import { SettledPositions } from './settled-positions.ts';

const ENDPOINTS = ['sub_a', 'sub_b'];
const RETRY = ['retry-1', 'retry-2'];
const LANES = ['live', 'bulk'];
const RETRIES_MAX = 3;
const FAILED = { kind: 'refused', status: 500, retryAfterMs: null } as const;

interface UnderWay {
  readonly home: PartitionState;
  readonly tracked: Tracked;
  readonly delivery: Delivery;
}

/** Partition 0 of two lanes and their retry topics, and one consumer after the other. */
class World {
  readonly faults: string[] = [];
  readonly logs = new Map([...LANES, ...RETRY].map((topic) => [topic, [] as LogRecord[]]));
  private readonly commits = new Map<string, { offset: number; metadata: string }>();
  private readonly settledTo = new Map<string, number>();
  private roots = new Map<string, PartitionState>();
  private underWay: UnderWay[] = [];
  private settled!: SettledPositions;
  private retries = RETRIES_MAX;

  constructor() {
    this.begin();
  }

  /** Another consumer begins: it does again what was under way, or done and not committed. */
  begin(n = 0): void {
    this.underWay = [];
    // The settings may have been changed meanwhile.
    this.retries = (n + RETRIES_MAX) % (RETRIES_MAX + 1);
    this.roots = new Map();
    for (const topic of this.logs.keys()) {
      const { offset, metadata } = this.commits.get(topic) ?? { offset: 0, metadata: '' };
      const root = new PartitionState(topic, 0, offset, decodeCommitMark(offset, metadata));
      root.isBegun = true;
      this.roots.set(`${topic}/0`, root);
      this.commit(topic);
    }
    this.settled = new SettledPositions({
      ...{
        partitions: () => this.roots,
        retryPrefix: 'retry-',
        lanes: LANES,
        retries: this.retries,
      },
      retryTopics: () => Promise.resolve(RETRY),
      boundsOf: (topics) =>
        Promise.resolve(
          new Map(
            topics.map((topic) => [topic, new Map([[0, { low: 0, high: this.end(topic) }]])]),
          ),
        ),
      endpoints: { find: () => null },
      logger: createLogger('test', 'silent'),
    });
  }

  private end(topic: string): number {
    return this.logs.get(topic)?.length ?? 0;
  }

  write(topic: string, key: string, headers: Readonly<Record<string, string>>): void {
    const offset = this.end(topic);
    const record = { topic, partition: 0, offset, key, value: null, headers, timestampMs: 0 };
    this.logs.get(topic)?.push(record);
  }

  produce(n: number): void {
    const subscription = ENDPOINTS[n % 2] as string;
    const headers = { [HEADER.subscription]: subscription, [HEADER.id]: String(n) };
    this.write(LANES[(n >> 1) % 2] as string, subscription, headers);
  }

  /** Starts the next delivery of a topic. */
  take(topic: string): void {
    const home = this.roots.get(`${topic}/0`) as PartitionState;
    const record = this.logs.get(topic)?.[home.tracker.position];
    const tracked = record && home.tracker.receive(record.offset);
    if (!tracked) return;
    const { headers } = record;
    const delivery = { record, attempt: Number(headers[HEADER.attempt] ?? 1) } as Delivery;
    this.underWay.push({ home, tracked, delivery });
    this.check({ home, tracked, delivery });
  }

  private check(one: UnderWay): void {
    const place = this.settled.placeOf(one);
    if (!place) return void this.faults.push('it has no place');
    const { lane, offset, settled } = place;
    const before = this.settledTo.get(lane) ?? 0;
    if (offset < before) this.faults.push(`${lane}:${offset} comes, settled below ${before}`);
    this.settledTo.set(lane, Math.max(before, settled));
  }

  finish(n: number, isAccepted: boolean): void {
    const [one] = this.underWay.splice(n % Math.max(1, this.underWay.length), 1);
    if (!one) return;
    const { home, tracked, delivery } = one;
    const { attempt, record } = delivery;
    if (!isAccepted) this.settled.failed(one, FAILED);
    if (!isAccepted && attempt <= this.retries) {
      // Its endpoint may have a schedule of its own, so that no topic belongs to an attempt.
      const topic = RETRY[n % 2] as string;
      const lane = this.settled.laneIn(topic, one);
      const handOff = { group: 'g', attemptsMade: attempt, nowMs: 0, status: 500, message: '' };
      const { headers } = toRetry(record, handOff, { attempt: attempt + 1, dueAtMs: 0, lane });
      this.write(topic, record.key ?? '', headers);
    }
    home.finish(tracked);
  }

  commit(topic: string): void {
    const root = this.roots.get(`${topic}/0`) as PartitionState;
    const { offset, metadata } = root.claimCommit('owner');
    this.commits.set(topic, { offset, metadata });
    root.committed = offset;
  }

  async look(): Promise<void> {
    await this.settled.look();
  }

  /** Delivers all that is left, and then one more to each endpoint in each lane. */
  async toEnd(): Promise<readonly number[]> {
    for (const n of [0, 1, 2, 3]) this.produce(n);
    for (let round = 0; round < 100; round += 1) {
      for (const topic of this.logs.keys()) this.take(topic);
      while (this.underWay.length > 0) this.finish(0, true);
      for (const topic of this.logs.keys()) this.commit(topic);
      await this.look();
    }
    const ends = LANES.map((lane) => this.end(lane));
    for (const n of [0, 1, 2, 3]) this.produce(n);
    const lanes = new Set(this.settledTo.keys());
    this.settledTo.clear();
    for (const lane of [...LANES, ...LANES]) this.take(lane);
    assert.ok(lanes.size <= ENDPOINTS.length * LANES.length);
    const told = [...this.settledTo.values()];
    // Each bound is at the end of its lane as it was before these.
    return told.map((settled) => Math.min(...ends.map((end) => Math.abs(end - settled))));
  }
}

const STEPS = { produce: 6, take: 16, accept: 4, fail: 12, commit: 16, look: 8, crash: 1 };
const step = fc.record({
  kind: fc.oneof(
    ...Object.entries(STEPS).map(([kind, weight]) => ({
      arbitrary: fc.constant(kind as keyof typeof STEPS),
      weight,
    })),
  ),
  n: fc.nat(11),
});

test('nothing comes from below a bound, whatever is retried and killed, and the bound follows', async () => {
  const steps = fc.array(step, { minLength: 50, maxLength: 200, size: 'max' });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const world = new World();
      const topics = [...world.logs.keys()];
      for (const { kind, n } of all) {
        const topic = topics[n % topics.length] as string;
        if (kind === 'produce') world.produce(n);
        else if (kind === 'take') world.take(topic);
        else if (kind === 'accept' || kind === 'fail') world.finish(n, kind === 'accept');
        else if (kind === 'commit') world.commit(topic);
        else if (kind === 'look') await world.look();
        else world.begin(n);
        await turn();
      }
      const behind = await world.toEnd();
      assert.deepEqual(world.faults, []);
      assert.ok(Math.max(...behind) === 0, `the bounds are ${behind} behind the ends`);
    }),
    { numRuns: Number(process.env['RUNS'] ?? 300) },
  );
});

test('a retry that was written into another log, or by an earlier version, has no place', () => {
  const world = new World();
  const origin = { [DLQ_HEADER.topic]: 'live', [DLQ_HEADER.offset]: '3' };
  world.write('retry-1', 'u', { ...origin, [HEADER.lane]: 'abc.0123456789ab' });
  world.write('retry-1', 'u', origin);
  world.take('retry-1');
  world.take('retry-1');
  assert.deepEqual(world.faults, ['it has no place', 'it has no place']);
});
