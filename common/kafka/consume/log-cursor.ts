import { AppError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { PackedRecord } from '../log-record.ts';
import { fetchedRange } from '../protocol/fetched-range.ts';
import { markAborted } from '../fixes/aborted-records.ts';
import type { FetchedPartition as Fetched } from '../fixes/aborted-records.ts';
import { errorNameOf, kafkaError } from '../client/broker-connections.ts';
import type { BrokerAddress } from '../internal-cluster.ts';
import { readable, toLogRecords } from '../protocol/records.ts';
import type { RecordBatch } from '../ports.ts';

/** A partition as kafkajs' decoder hands it out. */
export interface FetchedPartition extends Fetched {
  readonly partition: number;
  readonly errorCode: number;
  readonly messages: readonly (PackedRecord & { isControlRecord: boolean })[];
}

export interface Follow {
  readonly topic: string;
  readonly logger: Logger;
  /**
   * Offset at which to begin in a partition; default: the log's start.
   *
   * @param low the first offset that is still in the log
   */
  readonly startAt?: (partition: number, low: number) => number;
  /**
   * Takes a batch. While a promise that it returns is open, nothing more is fetched, so that a slow
   * reader falls behind instead of gathering batches.
   */
  readonly onBatch: (batch: RecordBatch) => unknown;
  /** Called when the partition can no longer be read. */
  readonly onFatal: (error: unknown) => void;
}

/** Error codes of a broker while a partition moves or its log cannot be read: all may pass. */
const PASSING: ReadonlySet<number> = new Set([
  -1, // UNKNOWN_SERVER_ERROR
  2, // CORRUPT_MESSAGE
  3, // UNKNOWN_TOPIC_OR_PARTITION
  5, // LEADER_NOT_AVAILABLE
  6, // NOT_LEADER_OR_FOLLOWER
  9, // REPLICA_NOT_AVAILABLE
  56, // KAFKA_STORAGE_ERROR
  74, // FENCED_LEADER_EPOCH
  75, // UNKNOWN_LEADER_EPOCH
  78, // OFFSET_NOT_AVAILABLE
  100, // UNKNOWN_TOPIC_ID
]);
const OFFSET_OUT_OF_RANGE = 1;
/** A broker answers an error at once, so the partition is left out of the next fetches. */
const HELD_MS = 200;

/**
 * Result of a fetch: after `moved` the leaders are looked up again, after `out-of-range` the
 * bounds.
 */
type Taken = 'nothing' | 'records' | 'moved' | 'out-of-range';

/** Position of a follower in one partition. */
export class LogCursor {
  readonly follow: Follow;
  readonly partition: number;
  leader: BrokerAddress | null;
  /** Next offset to read; null before it is known where to begin. */
  position: number | null = null;
  /** Offset up to which `onBatch` has taken everything; null as for `position`. */
  takenTo: number | null = null;
  /** The partition is not fetched before this moment, in ms of `performance.now()`. */
  heldUntilMs = 0;
  private isReported = false;

  constructor(follow: Follow, partition: number, leader: BrokerAddress | null) {
    this.follow = follow;
    this.partition = partition;
    this.leader = leader;
  }

  /** @param low the first offset of the log */
  begin(low: number): void {
    this.position = Math.max(low, this.follow.startAt?.(this.partition, low) ?? low);
    this.takenTo = this.position;
  }

  /** Takes what a fetch from `askedAt` has brought. */
  async take(fetched: FetchedPartition, askedAt: number): Promise<Taken> {
    const { errorCode } = fetched;
    if (askedAt !== this.position) return 'nothing';
    if (errorCode === OFFSET_OUT_OF_RANGE) return 'out-of-range';
    if (errorCode !== 0) return this.failed(errorCode);
    this.isReported = false;
    markAborted(fetched);
    const { records, readTo } = fetchedRange(askedAt, fetched.messages);
    if (readTo === askedAt) return 'nothing';
    await this.advance(records, readTo);
    return 'records';
  }

  /** The position is not in the log. @throws AppError topic_mismatch  the log ends before it */
  async moveInto({ low, high }: { readonly low: number; readonly high: number }): Promise<void> {
    const { topic, logger } = this.follow;
    const { position, partition } = this;
    if (position === null || (position >= low && position <= high)) return;
    if (position > high) {
      const text = `${topic}/${partition} ends at ${high}, before our position ${position}`;
      throw new AppError('topic_mismatch', text);
    }
    logger.error({ topic, partition, expected: position, low, high }, 'group.offset-out-of-range');
    await this.advance([], low);
  }

  /** Leaves the partition out of the next fetches. */
  hold(): void {
    this.heldUntilMs = performance.now() + HELD_MS;
  }

  private async advance(records: readonly PackedRecord[], readTo: number): Promise<void> {
    const { partition } = this;
    const { topic, logger, onBatch } = this.follow;
    this.position = readTo;
    const all = toLogRecords(topic, partition, records);
    await onBatch({ topic, partition, records: readable(all, logger), readTo });
    this.takenTo = readTo;
  }

  private failed(errorCode: number): Taken {
    const { topic, logger } = this.follow;
    const { partition } = this;
    if (!PASSING.has(errorCode)) throw kafkaError(errorCode, `${topic}/${partition}`);
    this.hold();
    if (!this.isReported) {
      const error = errorNameOf(errorCode);
      logger.info({ topic, partition, error }, 'log.partition-waits');
    }
    this.isReported = true;
    return 'moved';
  }
}
