import type { Producer } from 'kafkajs';
import { AppError, invariant } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { METADATA_MAX_AGE_MS } from './connection.ts';
import type { KafkaConnection } from './connection.ts';
import { recordBatchBytes } from './decide/encode-produce.ts';
import { isTooLarge } from './error-type.ts';
import { onePartition } from './one-partition.ts';
import type { TopicLimits } from './topic-limits.ts';
import type { OutgoingRecord, TransactionalWriter } from './types.ts';

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
/** kafkajs groups a send's messages in quadratic time (tulios/kafkajs#1576). */
const SEND_RECORDS_MAX = 1_500;
/** Values of one send: well below the topics' `max.message.bytes`, which bounds a whole batch. */
const SEND_BYTES_MAX = 1_000_000;

/** See `TransactionalWriter`. After any error the producer is thrown away: none can recover. */
export function createTransactionalWriter(deps: Deps): TransactionalWriter {
  const { kafka, transactionalId, logger } = deps;
  let producer: Producer | null = null;
  /** Less after a batch was refused for its size, where the limit is not known. */
  let sendBytesMax = SEND_BYTES_MAX;

  async function discard(): Promise<void> {
    const old = producer;
    producer = null;
    await old?.disconnect().catch((error: unknown) => {
      logger.debug({ err: error, transactionalId }, 'transaction.disconnect-failed');
    });
  }

  return {
    async fence() {
      await discard();
      const fresh = kafka.client.producer({
        transactionalId,
        transactionTimeout: TRANSACTION_TIMEOUT_MS,
        maxInFlightRequests: 12,
        allowAutoTopicCreation: false,
        metadataMaxAge: METADATA_MAX_AGE_MS,
        retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 6 },
      });
      try {
        await fresh.connect();
        // An empty transaction asks the broker for a new epoch, which fences every older one.
        const empty = await fresh.transaction();
        await empty.abort();
      } catch (error) {
        await fresh.disconnect().catch(() => {});
        throw error;
      }
      producer = fresh;
    },

    async write(records) {
      invariant(producer, 'write before fence, or after a failed write');
      try {
        const transaction = await producer.transaction();
        // One partition a send; the sends of different partitions go side by side.
        await Promise.all(
          [...byPartition(records)].map((ofPartition) => {
            const topic = ofPartition[0]?.topic ?? '';
            const bytesMax = Math.min(sendBytesMax, deps.limits?.of(topic) ?? Infinity);
            return sendInOrder(transaction, ofPartition, bytesMax);
          }),
        );
        await transaction.commit();
      } catch (error) {
        await discard();
        if (!(error instanceof BatchTooLarge)) throw error;
        const [record, ...others] = error.records;
        invariant(record, 'a batch without records');
        if (others.length === 0) await deps.limits?.refused(record);
        else sendBytesMax = Math.max(1, Math.min(sendBytesMax, error.bytes) / 2);
        throw error;
      }
    },

    close: discard,
  };
}

type Send = Pick<Awaited<ReturnType<Producer['transaction']>>, 'send'>;

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

async function sendInOrder(
  transaction: Send,
  records: readonly OutgoingRecord[],
  bytesMax: number,
): Promise<void> {
  const first = records[0];
  invariant(first, 'a partition without records');
  const { topic, partition } = first;
  for (let start = 0, end = 0; start < records.length; start = end) {
    end = endOfSend(records, start, bytesMax);
    const batch = records.slice(start, end);
    const sent = transaction.send({
      topic,
      acks: -1,
      timeout: 10_000,
      messages: onePartition(
        partition,
        batch.map((record) => ({
          partition,
          key: record.key,
          value: record.value,
          headers: record.headers as Record<string, string>,
        })),
      ),
    });
    const written = await sent.catch((error: unknown) => {
      throw isTooLarge(error) ? new BatchTooLarge(batch, error) : error;
    });
    if (!written.some((one) => one.partition === partition && one.errorCode === 0)) {
      throw new AppError('broker_unavailable', `no acknowledgement for ${topic}/${partition}`);
    }
  }
}

/** Index after the last record that still fits into a send that begins at `start`. */
function endOfSend(records: readonly OutgoingRecord[], start: number, bytesMax: number): number {
  // Our own limit leaves room for keys and headers; any other is met exactly.
  const sizeOf = bytesMax < SEND_BYTES_MAX ? recordBatchBytes : valueBytes;
  let bytes = 0;
  let end = start;
  for (; end < records.length && end - start < SEND_RECORDS_MAX; end += 1) {
    bytes += sizeOf(records[end] as OutgoingRecord);
    if (bytes > bytesMax && end > start) break;
  }
  return end;
}

function valueBytes({ value }: OutgoingRecord): number {
  if (value === null) return 0;
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length;
}

function byPartition(records: readonly OutgoingRecord[]): Iterable<readonly OutgoingRecord[]> {
  const groups = new Map<string, OutgoingRecord[]>();
  for (const record of records) {
    const name = `${record.topic}/${record.partition}`;
    const group = groups.get(name);
    if (group) group.push(record);
    else groups.set(name, [record]);
  }
  return groups.values();
}
