import type { Producer } from 'kafkajs';
import { AppError, invariant } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { KafkaConnection } from './connection.ts';
import { onePartition } from './one-partition.ts';
import type { OutgoingRecord, TransactionalWriter } from './types.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly transactionalId: string;
  readonly logger: Logger;
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
          [...byPartition(records)].map((ofPartition) => sendInOrder(transaction, ofPartition)),
        );
        await transaction.commit();
      } catch (error) {
        await discard();
        throw error;
      }
    },

    close: discard,
  };
}

type Send = Pick<Awaited<ReturnType<Producer['transaction']>>, 'send'>;

async function sendInOrder(transaction: Send, records: readonly OutgoingRecord[]): Promise<void> {
  const first = records[0];
  invariant(first, 'a partition without records');
  const { topic, partition } = first;
  for (let start = 0, end = 0; start < records.length; start = end) {
    end = endOfSend(records, start);
    const written = await transaction.send({
      topic,
      acks: -1,
      timeout: 10_000,
      messages: onePartition(
        partition,
        records.slice(start, end).map((record) => ({
          partition,
          key: record.key,
          value: record.value,
          headers: record.headers as Record<string, string>,
        })),
      ),
    });
    if (!written.some((one) => one.partition === partition && one.errorCode === 0)) {
      throw new AppError('broker_unavailable', `no acknowledgement for ${topic}/${partition}`);
    }
  }
}

/** Index after the last record that still fits into a send that begins at `start`. */
function endOfSend(records: readonly OutgoingRecord[], start: number): number {
  let bytes = 0;
  let end = start;
  for (; end < records.length && end - start < SEND_RECORDS_MAX; end += 1) {
    const value = records[end]?.value ?? '';
    bytes += typeof value === 'string' ? Buffer.byteLength(value) : value.length;
    if (bytes > SEND_BYTES_MAX && end > start) break;
  }
  return end;
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
