// A model of two consumers and a receiver that forgets what is settled: partition 0 of two lanes
// and their retry topics goes to and fro between the consumers, one topic at a time.
import { createLogger } from '../../common/base/logger.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { decodeCommitMark } from '../../common/kafka/positions/commit-metadata.ts';
import { HEADER } from '../../common/model/delivery.ts';
import type { Delivery } from '../../common/model/delivery.ts';
import { formatPosition } from '../../common/model/place.ts';
import { toRetry } from '../../consumer/outcome/failure-record.ts';
import type { Tracked } from '../../consumer/partition/offset-tracker.ts';
import { PartitionState } from '../../consumer/partition/partition-state.ts';
import { SettledPositions } from '../../consumer/settled/settled-positions.ts';
import { Handled } from '../../examples/deduplicate/memory.ts';

const ENDPOINTS = ['sub_a', 'sub_b'];
const RETRY = ['retry-1', 'retry-2'];
export const LANES = ['live', 'bulk'];
export const TOPICS: readonly string[] = [...LANES, ...RETRY];
const RETRIES_MAX = 3;
const FAILED = { kind: 'refused', status: 500, retryAfterMs: null } as const;

/** A consumer. */
interface Process {
  readonly roots: Map<string, PartitionState>;
  readonly settled: SettledPositions;
}

interface UnderWay {
  readonly process: Process;
  readonly home: PartitionState;
  readonly tracked: Tracked;
  readonly delivery: Delivery;
}

/** A topic that a consumer has lost and not released, because it has deliveries of it under way. */
interface Leaving {
  readonly from: Process;
  readonly to: Process;
  readonly root: PartitionState;
}

export class SettledWorld {
  readonly faults: string[] = [];
  private readonly logs = new Map(TOPICS.map((topic) => [topic, [] as LogRecord[]]));
  private readonly commits = new Map<string, { offset: number; metadata: string }>();
  private processes: [Process, Process];
  private leaving: Leaving[] = [];
  private underWay: UnderWay[] = [];
  private retries = RETRIES_MAX;
  private produced = 0;
  private resets = 0;
  private readonly receiver = new Handled();
  private readonly handled = new Map<string, number>();
  private readonly accepted = new Set<string>();
  private readonly positions = new Map<string, string>();
  /** Requests of a dead consumer that are still on their way. */
  private readonly late: Delivery[] = [];
  private readonly settledTo = new Map<string, number>();

  constructor() {
    this.processes = [this.process(), this.process()];
    for (const topic of TOPICS) this.begin(topic, this.processes[0], 0);
  }

  private process(): Process {
    const roots = new Map<string, PartitionState>();
    const settled = new SettledPositions({
      ...{ partitions: () => roots, retryPrefix: 'retry-', lanes: LANES, retries: this.retries },
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
    return { roots, settled };
  }

  private begin(topic: string, { roots, settled }: Process, readTo = this.end(topic)): void {
    const { offset, metadata } = this.commits.get(topic) ?? { offset: 0, metadata: '' };
    const mark = decodeCommitMark(offset, metadata);
    const root = new PartitionState(topic, 0, offset, mark, '', readTo);
    root.isBegun = true;
    roots.set(`${topic}/0`, root);
    this.commitOf(root);
    settled.forget(0);
  }

  /** A topic goes to the other consumer, as soon as nothing of it is under way here. */
  give(topic: string): void {
    const from = this.ownerOf(topic);
    if (!from) return;
    const root = from.roots.get(`${topic}/0`) as PartitionState;
    const to = this.processes[from === this.processes[0] ? 1 : 0];
    root.isOurs = false;
    from.roots.delete(`${topic}/0`);
    from.settled.forget(0);
    this.leaving.push({ from, to, root });
    this.release();
  }

  private release(): void {
    this.leaving = this.leaving.filter(({ to, root }) => {
      if (this.underWay.some(({ home }) => home === root)) return true;
      const { offset, metadata } = root.releaseCommit('owner');
      this.commits.set(root.topic, { offset, metadata });
      this.begin(root.topic, to);
      return false;
    });
  }

  /** A consumer is killed. The other one gets all that it had, as its last commits say. */
  kill(n: number): void {
    // Settings may have been changed by the time it is started again.
    this.retries = (n + RETRIES_MAX) % (RETRIES_MAX + 1);
    const at = n % 2;
    const dead = this.processes[at] as Process;
    this.processes[at] = this.process();
    const other = this.processes[1 - at] as Process;
    for (const { process, delivery } of this.underWay) {
      if (process !== dead) continue;
      if ((n + Number(delivery.id)) % 3 === 0) this.arrives(delivery);
      if ((n + Number(delivery.id)) % 3 === 1) this.late.push(delivery);
    }
    this.underWay = this.underWay.filter(({ process }) => process !== dead);
    const lost = [...dead.roots.values(), ...this.left((one) => one.from === dead)];
    for (const { topic } of lost) this.begin(topic, other);
    // A topic that was to go to the dead one goes to nobody else than the one that has it now.
    this.leaving = this.leaving.map((one) => (one.to === dead ? { ...one, to: other } : one));
    this.release();
  }

  private left(isLeft: (one: Leaving) => boolean): readonly PartitionState[] {
    const left = this.leaving.filter(isLeft);
    this.leaving = this.leaving.filter((one) => !isLeft(one));
    return left.map(({ root }) => root);
  }

  /** With all consumers stopped somebody sets the offset of a topic back. */
  reset(topic: string, n: number): void {
    this.kill(0);
    this.kill(1);
    const { offset } = this.commits.get(topic) ?? { offset: 0 };
    this.commits.set(topic, { offset: Math.max(0, offset - n), metadata: '' });
    const owner = this.ownerOf(topic) as Process;
    this.begin(topic, owner);
    this.resets += 1;
  }

  private ownerOf(topic: string): Process | undefined {
    return this.processes.find(({ roots }) => roots.has(`${topic}/0`));
  }

  private end(topic: string): number {
    return this.logs.get(topic)?.length ?? 0;
  }

  private write(topic: string, key: string, headers: Readonly<Record<string, string>>): void {
    const offset = this.end(topic);
    const record = { topic, partition: 0, offset, key, value: null, headers, timestampMs: 0 };
    this.logs.get(topic)?.push(record);
  }

  produce(n: number): void {
    const subscription = ENDPOINTS[n % 2] as string;
    const id = String(this.produced++);
    const headers = { [HEADER.subscription]: subscription, [HEADER.id]: id };
    this.write(LANES[(n >> 1) % 2] as string, subscription, headers);
  }

  /** Starts the next delivery of a topic. */
  take(topic: string): void {
    const process = this.ownerOf(topic);
    const home = process?.roots.get(`${topic}/0`);
    const record = home && this.logs.get(topic)?.[home.tracker.position];
    const tracked = record && home.tracker.receive(record.offset);
    if (!process || !home || !tracked) return;
    const { headers } = record;
    const attempt = Number(headers[HEADER.attempt] ?? 1);
    const delivery = { id: headers[HEADER.id], record, attempt } as Delivery;
    delivery.place = process.settled.placeOf({ home, tracked, delivery });
    this.underWay.push({ process, home, tracked, delivery });
    this.check(delivery);
  }

  private check({ id, place }: Delivery): void {
    if (!place) return void this.faults.push(`${id} has no place`);
    const { lane, offset, settled } = place;
    const before = this.settledTo.get(lane) ?? 0;
    if (offset < before) this.faults.push(`${lane}:${offset} comes, settled below ${before}`);
    this.settledTo.set(lane, Math.max(before, settled));
    const position = formatPosition(place);
    const first = this.positions.get(id) ?? position;
    this.positions.set(id, position);
    if (first !== position && this.resets === 0) this.faults.push(`${id} is at two positions`);
  }

  /** A request reaches the receiver, which handles it unless it knows it, or it is settled. */
  private arrives({ id, place }: Delivery): void {
    const { lane = '', offset = 0, settled = 0 } = place ?? {};
    if (!this.receiver.begin({ key: id, lane, offset, settled })) return;
    const times = (this.handled.get(id) ?? 0) + 1;
    this.handled.set(id, times);
    if (times > 1 && this.resets === 0) this.faults.push(`${id} is handled twice`);
  }

  /** @param how `lost`: the receiver has handled it, and its answer does not come */
  finish(n: number, how: 'accepted' | 'failed' | 'lost'): void {
    const [one] = this.underWay.splice(n % Math.max(1, this.underWay.length), 1);
    if (!one) return;
    const { process, home, tracked, delivery } = one;
    const { attempt, record, id, place = null } = delivery;
    if (how !== 'failed') this.arrives(delivery);
    if (how === 'accepted') this.accepted.add(id);
    else process.settled.failed(one, FAILED);
    if (how !== 'accepted' && attempt <= this.retries) {
      // Its endpoint may have a schedule of its own, so that no topic belongs to an attempt.
      const topic = RETRY[n % 2] as string;
      const handOff = { group: 'g', attemptsMade: attempt, nowMs: 0, status: 500, message: '' };
      const retry = { attempt: attempt + 1, dueAtMs: 0, place };
      this.write(topic, record.key ?? '', toRetry(record, handOff, retry).headers);
    }
    home.finish(tracked);
    this.release();
  }

  commit(topic: string): void {
    const root = this.ownerOf(topic)?.roots.get(`${topic}/0`);
    if (root) this.commitOf(root);
  }

  private commitOf(root: PartitionState): void {
    const { offset, metadata } = root.claimCommit('owner');
    this.commits.set(root.topic, { offset, metadata });
    root.committed = offset;
  }

  async look(): Promise<void> {
    for (const { settled } of this.processes) await settled.look();
    // A request that was very long on its way.
    const delivery = this.late.shift();
    if (delivery) this.arrives(delivery);
  }

  /**
   * Delivers all that is left, with all topics at one consumer, and then one more to each endpoint
   * in each lane.
   *
   * @returns how far the bounds of these are behind the ends of their lanes
   */
  async toEnd(): Promise<readonly number[]> {
    while (this.underWay.length > 0) this.finish(0, 'accepted');
    for (const topic of TOPICS) if (this.ownerOf(topic) !== this.processes[0]) this.give(topic);
    for (const n of [0, 1, 2, 3]) this.produce(n);
    for (let round = 0; round < 100; round += 1) {
      for (const topic of TOPICS) this.take(topic);
      while (this.underWay.length > 0) this.finish(0, 'accepted');
      for (const topic of TOPICS) this.commit(topic);
      await this.look();
    }
    const ends = LANES.map((lane) => this.end(lane));
    for (const n of [0, 1, 2, 3]) this.produce(n);
    this.settledTo.clear();
    for (const lane of [...LANES, ...LANES]) this.take(lane);
    while (this.underWay.length > 0) this.finish(0, 'accepted');
    const unhandled = [...this.accepted].filter((id) => !this.handled.has(id));
    for (const id of unhandled) this.faults.push(`${id} was taken for a repeat, and never handled`);
    if (this.resets === 0 && this.receiver.size > LANES.length * ENDPOINTS.length * 2)
      this.faults.push(`the receiver remembers ${this.receiver.size}`);
    // Each bound is at the end of its lane as it was before these.
    return [...this.settledTo.values()].map((settled) =>
      Math.min(...ends.map((end) => Math.abs(end - settled))),
    );
  }

  /** Writes into a retry topic what an earlier version, or another program, may have written. */
  writeRetry(headers: Readonly<Record<string, string>>): void {
    this.write('retry-1', 'u', { [HEADER.id]: '0', ...headers });
  }
}
