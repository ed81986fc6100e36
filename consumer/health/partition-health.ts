import { describeUndecodable } from '../../common/kafka/log-record.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { unreadable } from '../../common/kafka/fixes/unreadable-partition.ts';
import type { PartitionVitals, Vitals } from './alarms.ts';
import type { PartitionState } from '../partition/partition-state.ts';

type Undecodable = Pick<LogRecord, 'topic' | 'partition' | 'undecodable'>;

interface Seen {
  finishedRecords: number;
  atMs: number;
}

/** The alarm stays long enough for a person who looks every few minutes. */
const ALARM_LASTS_MS = 15 * 60_000;
const UNDECODABLE_KEPT = 100;

/** Watches, once a second, how the work of each partition goes on. */
export class PartitionHealth {
  private readonly seen = new WeakMap<PartitionState, Seen>();
  private undecodable: readonly { readonly text: string; readonly atMs: number }[] = [];

  /** Notes a batch that cannot be read, so that an alarm names it for a while. */
  sawUndecodable({ topic, partition, undecodable }: Undecodable, atMs: number): void {
    if (!undecodable) return;
    const text = `${topic}/${partition}: ${describeUndecodable(undecodable)} and is dead-lettered`;
    this.undecodable = [...this.undecodable, { text, atMs }].slice(-UNDECODABLE_KEPT);
  }

  take(
    partitions: Iterable<PartitionState>,
    failing: { readonly sinceMs: number; readonly why: string } | null,
    nowMs: number,
  ): Vitals {
    this.undecodable = this.undecodable.filter(({ atMs }) => nowMs - atMs < ALARM_LASTS_MS);
    return {
      undecodable: this.undecodable.map(({ text }) => text),
      commitsFailing: failing && { forMs: nowMs - failing.sinceMs, why: failing.why },
      partitions: [...partitions].map((work) => this.vitalsOf(work, nowMs)),
    };
  }

  private vitalsOf(work: PartitionState, nowMs: number): PartitionVitals {
    const { name, topic, partition, pausedAtMs, heldRecords, isMapCut, finishedRecords } = work;
    let seen = this.seen.get(work);
    if (!seen || seen.finishedRecords !== finishedRecords) {
      seen = { finishedRecords, atMs: nowMs };
      this.seen.set(work, seen);
    }
    const pausedMs = pausedAtMs === null ? 0 : nowMs - pausedAtMs;
    const broken = unreadable(topic, partition);
    const unreadableFor = broken && { error: broken.error, forMs: nowMs - broken.sinceMs };
    const idleMs = nowMs - seen.atMs;
    return { name, pausedMs, idleMs, heldRecords, isMapCut, unreadable: unreadableFor };
  }
}
