import type { Alarm } from '../../common/model/consumer-state.ts';
import type { Loss, LossKind } from '../../common/kafka/positions/commit-metadata.ts';
import type { OffsetRange } from '../../common/kafka/positions/offset-map.ts';
import type { Logger } from '../../common/base/logger.ts';
import { owedBy } from '../partition/owed.ts';
import { carried, grown, lossAlarms } from './loss-alarms.ts';

interface Cut {
  readonly from: number;
  /** The first offset that is still in the log. */
  readonly to: number;
  /** Finished ranges among the lost offsets. */
  readonly done: readonly OffsetRange[];
}

/**
 * Counts what can never be delivered, as its log is gone. The counts of a partition lie in its
 * commits, so that the alarm lasts for a day, whichever process has the partition.
 */
export class Losses {
  private readonly logger: Logger;
  /** Keyed by `topic/partition`; includes partitions that other members have by now. */
  private readonly byPartition = new Map<string, readonly Loss[]>();
  /** Found by this process, by topic. */
  private readonly found = new Map<string, number>();
  /** Up to where a partition's cuts are counted: until a commit is past one, each join sees it. */
  private readonly countedTo = new Map<string, number>();

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /**
   * The topic was deleted and made again under its name.
   *
   * @param owed offsets of the old one; null where nobody knows
   */
  madeAgain(topic: string, partition: number, owed: number | null): void {
    this.countedTo.delete(`${topic}/${partition}`);
    this.logger.error({ topic, partition, owed }, 'topic.made-again');
    this.add('topic-made-again', topic, partition, owed);
  }

  /** Retention or an operator has deleted records that were not finished. */
  cutOff(topic: string, partition: number, { from, to, done }: Cut): void {
    const name = `${topic}/${partition}`;
    const lost = owedBy(Math.max(from, this.countedTo.get(name) ?? 0), to, done);
    this.countedTo.set(name, Math.max(to, this.countedTo.get(name) ?? 0));
    if (lost === 0) return;
    this.logger.error({ topic, partition, lost }, 'records.lost');
    this.add('records-lost', topic, partition, lost);
  }

  /** Takes over what the last commit of a partition says. @returns what the next one is to say */
  carry(name: string, committed: readonly Loss[]): readonly Loss[] {
    const losses = carried(this.of(name), committed, Date.now());
    this.byPartition.set(name, losses);
    return losses;
  }

  of(name: string): readonly Loss[] {
    return this.byPartition.get(name) ?? [];
  }

  /** Retention has taken what was left behind by an endpoint. @param lost deliveries, at most */
  cutFrom(endpoint: string, topic: string, partition: number, lost: number): void {
    if (lost === 0) return;
    this.logger.error({ topic, partition, endpoint, lost }, 'records.lost');
    this.add('records-lost', topic, partition, lost);
  }

  /** The last owner of a partition had cursors of endpoints that Kafka has no more. */
  cursorsGone(topic: string, partition: number, count: number): void {
    this.logger.error({ topic, partition, count }, 'cursors.gone');
    this.add('cursors-gone', topic, partition, count);
  }

  /** Found by this process, by topic, for the metrics. */
  totals(): ReadonlyMap<string, number> {
    return this.found;
  }

  /** @param partitions those of this process: what is lost of others, their owners tell */
  alarms(
    partitions: Iterable<{ readonly name: string; readonly topic: string }>,
  ): readonly Alarm[] {
    const all = [...partitions].map(({ name, topic }) => ({ topic, losses: this.of(name) }));
    return lossAlarms(all, Date.now());
  }

  private add(kind: LossKind, topic: string, partition: number, count: number | null): void {
    const name = `${topic}/${partition}`;
    this.found.set(topic, (this.found.get(topic) ?? 0) + (count ?? 0));
    this.byPartition.set(name, grown(this.of(name), { kind, count, atMs: Date.now() }));
  }
}
