import type { LogRecord, PackedRecord } from '../log-record.ts';
import { invariant } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { GroupHandlers, PackedBatch, PackedHandlers } from '../ports.ts';
import { unpack } from './decode-records.ts';

/** Messages that kafkajs hands out, as our decoder made them. */
export function packedRecords(topic: string, messages: readonly unknown[]) {
  for (const message of messages as readonly PackedRecord[]) {
    // Formats before 2, which Kafka 4 does not keep, have another decoder.
    invariant(typeof message.offset === 'number', `${topic} has a record of an old format`);
  }
  return messages as readonly PackedRecord[];
}

/** All of a batch, read at once. */
export function toLogRecords(
  topic: string,
  partition: number,
  messages: readonly unknown[],
): readonly LogRecord[] {
  return packedRecords(topic, messages).map((message) => unpack(message, topic, partition));
}

/** Gives handlers what was fetched, in the form that they take. */
export function handOver(
  handlers: Pick<GroupHandlers, 'onRecords'> | Pick<PackedHandlers, 'onPacked'>,
  batch: PackedBatch,
  logger: Logger,
): void {
  if ('onPacked' in handlers) return handlers.onPacked(batch);
  const all = toLogRecords(batch.topic, batch.partition, batch.records);
  handlers.onRecords({ ...batch, records: readable(all, logger) });
}

/**
 * The records without what stands for a batch that cannot be read, which is logged: for readers
 * that have nothing to do about it but to go on.
 */
export function readable(records: readonly LogRecord[], logger: Logger): readonly LogRecord[] {
  if (!records.some((record) => record.undecodable)) return records;
  return records.filter(({ topic, partition, undecodable }) => {
    if (undecodable) logger.error({ topic, partition, ...undecodable }, 'log.batch-undecodable');
    return !undecodable;
  });
}

/** Kafka offsets are 64 bits wide; a partition will not outlive the 53 that a number holds. */
export function toOffset(text: string): number {
  const offset = Number(text);
  invariant(Number.isSafeInteger(offset), `offset ${text} is beyond 2^53`);
  return offset;
}
