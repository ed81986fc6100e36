import { AppError, BrokerUnavailableError, invariant, messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { BrokerConnections } from '../client/broker-connections.ts';
import type { KafkaConnection } from '../client/connection.ts';
import { isTooLarge } from '../error-type.ts';
import type { TopicLimits } from '../admin/topic-limits.ts';
import type { OutgoingRecord, TransactionalWriter } from '../ports.ts';
import { BatchSender } from './batch-sender.ts';
import type { ProducerId } from './batch-sender.ts';
import { recordBatchBytes } from '../protocol/encode-produce.ts';
import { PartitionQueue } from './partition-queue.ts';
import { partitionName } from './produce-answer.ts';
import { recordBytes } from './record-bytes.ts';
import { Transactions } from './transaction.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly transactionalId: string;
  readonly logger: Logger;
  /** Default: batches are as large as our own topics take. */
  readonly limits?: Pick<TopicLimits, 'of' | 'refused'>;
}

/**
 * An open transaction holds back every read-committed consumer of its partitions, so one whose
 * process died is aborted by the broker after this long.
 */
const TRANSACTION_TIMEOUT_MS = 15_000;
/** Records of one batch: well below the topics' `max.message.bytes`, which bounds a whole batch. */
const BATCH_BYTES_MAX = 1_000_000;

/** See `TransactionalWriter`. After any error the transaction is given up: none can recover. */
export function createTransactionalWriter(deps: Deps): TransactionalWriter {
  const { kafka, transactionalId, logger } = deps;
  const connections = new BrokerConnections(kafka);
  const transactions = new Transactions(connections, transactionalId, TRANSACTION_TIMEOUT_MS);
  let session: Session | null = null;
  /**
   * The limit falls after a batch was refused for its size, where the topic's limit is not known.
   */
  let batchBytesMax = BATCH_BYTES_MAX;

  function discard(): void {
    session?.close();
    session = null;
  }

  return {
    async fence() {
      discard();
      const producer = await transactions.init();
      session = new Session({ connections, logger, transactionalId, producer });
    },

    async write(records) {
      invariant(session, 'write before fence, or after a failed write');
      const { producer } = session;
      try {
        const partitions = [...byPartition(records).values()].map((ofPartition) => {
          const [first] = ofPartition;
          invariant(first, 'a partition without records');
          const bytesMax = Math.min(batchBytesMax, deps.limits?.of(first.topic) ?? Infinity);
          return { topic: first.topic, partition: first.partition, records: ofPartition, bytesMax };
        });
        if (partitions.length === 0) return;
        await transactions.add(producer, partitions);
        await session.write(partitions);
        await transactions.commit(producer);
      } catch (error) {
        discard();
        if (!(error instanceof BatchTooLarge)) throw error;
        const [record, ...others] = error.records;
        invariant(record, 'a batch without records');
        if (others.length === 0) await deps.limits?.refused(record);
        else batchBytesMax = Math.max(1, Math.min(batchBytesMax, error.bytes) / 2);
        throw error;
      }
    },

    async close() {
      discard();
      await connections.close();
    },
  };
}

/** The broker takes no batch as large as this one. */
class BatchTooLarge extends AppError {
  override readonly name = 'BatchTooLarge';
  readonly records: readonly OutgoingRecord[];

  constructor(records: readonly OutgoingRecord[], cause: unknown) {
    const { topic = '' } = records[0] ?? {};
    const what = records.length === 1 ? 'a record' : `a batch of ${records.length} records`;
    super('message_too_large', `${what} is larger than topic ${topic} takes`, { cause });
    this.records = records;
  }

  get bytes(): number {
    return this.records.reduce((sum, record) => sum + recordBatchBytes(record), 0);
  }
}

/** Whether a write has failed because a batch for this topic was too large; the limits know it. */
export function isTooLargeFor(error: unknown, topic: string): boolean {
  return error instanceof BatchTooLarge && error.records[0]?.topic === topic;
}

interface PartitionWrite {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly OutgoingRecord[];
  readonly bytesMax: number;
}

interface SessionDeps {
  readonly connections: BrokerConnections;
  readonly logger: Logger;
  readonly transactionalId: string;
  readonly producer: ProducerId;
}

/** The writes under one epoch of the transactional id. */
class Session {
  readonly producer: ProducerId;
  private readonly sender: BatchSender;
  /** Queues by partition, which keep the sequence numbers from one transaction to the next. */
  private readonly queues = new Map<string, PartitionQueue>();
  private deadlineMs = 0;

  constructor({ connections, logger, transactionalId, producer }: SessionDeps) {
    this.producer = producer;
    this.sender = new BatchSender({
      ...{ connections, logger, transactionalId, lingerMs: 0 },
      producerId: () => Promise.resolve(producer),
      onWritten: (queue) => queue.written().forEach(({ resolve }) => resolve()),
      onRefused: (queue, error) => giveUp(queue, refusal(queue, error)),
      // Nothing more can be written under this epoch.
      onRenumber: (queue, error) => giveUp(queue, error),
      onFailed: (queue, error) => {
        if (performance.now() < this.deadlineMs) return true;
        const text = `the transaction ${transactionalId} failed: ${messageOf(error)}`;
        giveUp(queue, new BrokerUnavailableError(text, error));
        return false;
      },
    });
  }

  /** @throws when any of it is not known to be in the log */
  async write(partitions: readonly PartitionWrite[]): Promise<void> {
    this.deadlineMs = performance.now() + TRANSACTION_TIMEOUT_MS;
    const written = partitions.map(({ topic, partition, records, bytesMax }) => {
      const name = partitionName(topic, partition);
      let queue = this.queues.get(name);
      if (!queue) this.queues.set(name, (queue = new PartitionQueue(topic, partition)));
      queue.bytesMax = Math.min(bytesMax, BATCH_BYTES_MAX);
      // Our own limit leaves room for what we only estimate; any other is met exactly.
      const sizeOf = bytesMax < BATCH_BYTES_MAX ? recordBatchBytes : recordBytes;
      const last = Promise.withResolvers<void>();
      records.forEach((record, index) => {
        const resolve = index === records.length - 1 ? last.resolve : () => {};
        const { reject } = last;
        const bytes = sizeOf(record);
        queue.add({ record, bytes, expiresAtMs: Infinity, resolve, reject }, 0);
      });
      this.sender.offer(queue);
      return last.promise;
    });
    await Promise.all(written);
  }

  close(): void {
    this.sender.close();
    for (const queue of this.queues.values()) giveUp(queue, new BrokerUnavailableError('closing'));
  }
}

function giveUp(queue: PartitionQueue, error: Error): void {
  for (const { reject } of queue.drain()) reject(error);
}

function refusal({ batch }: PartitionQueue, error: Error): Error {
  return isTooLarge(error) ? new BatchTooLarge(batch?.records ?? [], error) : error;
}

function byPartition(records: readonly OutgoingRecord[]): Map<string, OutgoingRecord[]> {
  return Map.groupBy(records, ({ topic, partition }) => partitionName(topic, partition));
}
