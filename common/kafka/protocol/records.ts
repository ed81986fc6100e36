import type { LogRecord } from '../log-record.ts';
import { invariant } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { DecodedRecord } from './decode-records.ts';

/**
 * Messages that kafkajs hands out, as our decoder made them, with the place where they lie.
 *
 * @param messages of one batch: they become the records
 */
export function toLogRecords(
  topic: string,
  partition: number,
  messages: readonly unknown[],
): readonly LogRecord[] {
  for (const message of messages as readonly DecodedRecord[]) {
    // Formats before 2, which Kafka 4 does not keep, have another decoder.
    invariant(typeof message.offset === 'number', `${topic} has a record of an old format`);
    message.topic = topic;
    message.partition = partition;
  }
  // The key of what is no marker is text.
  return messages as readonly LogRecord[];
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
