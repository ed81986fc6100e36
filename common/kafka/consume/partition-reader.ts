import type { LogRecord, PackedRecord } from '../log-record.ts';
import { AppError, BrokerUnavailableError, messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import {
  BrokerConnections,
  errorNameOf,
  isOfKafkajs,
  orUnavailable,
  sendRequest,
} from '../client/broker-connections.ts';
import type { KafkaConnection } from '../client/connection.ts';
import { fetchedRange } from '../protocol/fetched-range.ts';
import { errorTypeOf } from '../error-type.ts';
import type { Broker } from '../internal-cluster.ts';
import { PartitionLeaders } from '../client/partition-leaders.ts';
import { packedRecords, toLogRecords, toOffset } from '../protocol/records.ts';
import { KEPT_MS, KeptReads, pieceOf } from './kept-reads.ts';
import type { PackedRead } from './kept-reads.ts';
import { unreadable } from '../fixes/unreadable-partition.ts';

/** A place in a partition's log, and how much to read from there. */
export interface ReadAt {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The first batch is read even if it is larger. */
  readonly maxBytes: number;
  /**
   * Hands out so many records at most, and keeps the others for the next call: for those who take a
   * few at a time. Absent: all that was fetched.
   */
  readonly recordsMax?: number;
  /** Tells the log from an earlier one of its name: what was kept of that is none of this one's. */
  readonly logId?: string;
}

export interface PartitionRead {
  /** Records in offset order, none before the requested offset. */
  readonly records: readonly LogRecord[];
  /**
   * Where to read on: counts what has no record (markers, aborted, compacted), and is greater than
   * the offset asked for unless the log ends there.
   */
  readonly readTo: number;
  /** The first offset that is still in the log. */
  readonly low: number;
}

/** Reads a partition at any offset beside the group that consumes it: no group, no membership. */
export interface PartitionReader {
  /**
   * Reads records from an offset on: committed transactions only, undecodable batches as in
   * `PackedHandlers`. Resolves with what is there, at once; at
   * the end of the log with none. When `offset < low`, retention has taken what was asked for:
   * there are no records, and `readTo` is `low`.
   *
   * @throws BrokerUnavailableError a transient failure of the broker: read again later
   */
  read(at: ReadAt): Promise<PartitionRead>;
  close(): Promise<void>;
}

interface Deps {
  readonly kafka: KafkaConnection;
  readonly logger: Logger;
}

/** kafkajs' form of the answer to a fetch. */
interface FetchResponse {
  readonly responses: readonly {
    readonly partitions: readonly {
      readonly partition: number;
      /** The log's start, whatever kafkajs calls it. */
      readonly lastStartOffset: string;
      readonly messages: readonly PackedRecord[];
    }[];
  }[];
}

interface FetchingBroker extends Broker {
  fetch(options: object): Promise<FetchResponse>;
}

interface OffsetsResponse {
  readonly responses: readonly {
    readonly partitions: readonly { readonly errorCode: number; readonly offset: string }[];
  }[];
}

const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
/** Stands for a time in a request for offsets: the start of the log. */
const EARLIEST = -2;
const LATEST = -1;

/** Opens the reader. Nothing is connected before the first read. */
export function openPartitionReader(deps: Deps): Promise<PartitionReader> {
  return Promise.resolve(new FetchingReader(deps));
}

class FetchingReader implements PartitionReader {
  private readonly logger: Logger;
  private readonly connections: BrokerConnections;
  private readonly leaders: PartitionLeaders;
  private readonly kept = new KeptReads();
  private forgetting: NodeJS.Timeout | undefined;

  constructor({ kafka, logger }: Deps) {
    this.logger = logger;
    this.connections = new BrokerConnections(kafka);
    this.leaders = new PartitionLeaders(this.connections);
  }

  async read(at: ReadAt): Promise<PartitionRead> {
    const { topic, partition, offset, recordsMax = Infinity } = at;
    const read = await this.packedAt(at);
    const { records, readTo } = pieceOf(read, offset, recordsMax);
    return { records: toLogRecords(topic, partition, records), readTo, low: read.low };
  }

  close(): Promise<void> {
    clearTimeout(this.forgetting);
    return this.connections.close();
  }

  private async packedAt(at: ReadAt): Promise<PackedRead> {
    const place = `${at.topic}/${at.partition} ${at.logId}`;
    const isInPieces = at.recordsMax !== undefined;
    const kept = isInPieces ? this.kept.at(place, at.offset, Date.now()) : null;
    if (kept) return kept;
    const read = await this.fetch(at);
    if (isInPieces && read.records.length > Number(at.recordsMax)) {
      this.kept.keep(place, read, Date.now());
      this.forgetSoon();
    }
    return read;
  }

  /** Whoever stops reading does not say so. */
  private forgetSoon(): void {
    this.forgetting ??= setTimeout(() => {
      this.forgetting = undefined;
      this.kept.forgetUnused(Date.now());
      if (!this.kept.isEmpty) this.forgetSoon();
    }, KEPT_MS).unref();
  }

  private fetch(at: ReadAt): Promise<PackedRead> {
    const { topic, partition } = at;
    return orUnavailable(`${topic}/${partition} cannot be read`, async () => {
      try {
        return await this.fetchOnce(at);
      } catch (error) {
        if (!isOfKafkajs(error) && !(error instanceof BrokerUnavailableError)) throw error;
        this.logger.debug({ topic, partition, err: messageOf(error) }, 'partition-reader.retried');
      }
      // The leader may have moved, which is known only by looking it up again.
      this.leaders.forget(topic);
      return this.fetchOnce(at);
    });
  }

  private async fetchOnce(at: ReadAt): Promise<PackedRead> {
    const { topic, partition, offset, maxBytes } = at;
    const leader = await this.connections.at(await this.leaders.of(topic, partition));
    try {
      return await this.connections.with(leader, async (broker) => {
        const { responses } = await (broker as FetchingBroker).fetch({
          isolationLevel: READ_COMMITTED,
          maxWaitTime: 0,
          minBytes: 1,
          maxBytes,
          topics: [{ topic, partitions: [{ partition, fetchOffset: offset, maxBytes }] }],
        });
        const fetched = responses[0]?.partitions[0];
        if (!fetched) throw unavailable(at, unreadable(topic, partition)?.error ?? 'no answer');
        const low = toOffset(fetched.lastStartOffset);
        return {
          from: offset,
          ...fetchedRange(offset, packedRecords(topic, fetched.messages)),
          low,
        };
      });
    } catch (error) {
      if (errorTypeOf(error) === 'OFFSET_OUT_OF_RANGE') return this.outOfRange(leader, at);
      throw error;
    }
  }

  private async outOfRange(leader: Broker, at: ReadAt): Promise<PackedRead> {
    const [low, high] = await Promise.all([
      this.boundAt(leader, at, EARLIEST),
      this.boundAt(leader, at, LATEST),
    ]);
    const { topic, partition, offset } = at;
    if (offset < low) return { from: offset, records: [], readTo: low, low };
    if (offset <= high) throw unavailable(at, `${offset} was out of range a moment ago`);
    const text = `${topic}/${partition} ends at ${high}, before the offset ${offset}`;
    throw new AppError('topic_mismatch', text);
  }

  private async boundAt(leader: Broker, at: ReadAt, timestamp: number): Promise<number> {
    const topics = [{ topic: at.topic, partitions: [{ partition: at.partition, timestamp }] }];
    const args = { replicaId: -1, isolationLevel: READ_UNCOMMITTED, topics };
    const { responses } = await this.connections.with(leader, (broker) =>
      sendRequest<OffsetsResponse>(broker, 'ListOffsets', args),
    );
    const found = responses[0]?.partitions[0];
    if (found?.errorCode === 0) return toOffset(found.offset);
    throw unavailable(at, found ? errorNameOf(found.errorCode) : 'no answer');
  }
}

function unavailable({ topic, partition }: ReadAt, why: string): BrokerUnavailableError {
  return new BrokerUnavailableError(`${topic}/${partition} cannot be read: ${why}`);
}
