import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { LogRecord } from '../delivery.ts';
import { invariant } from '../errors.ts';

/**
 * A kafkajs message as a record of ours. Bytes are copied, because kafkajs hands out slices of
 * the whole response, and one record that waits would keep megabytes alive.
 */
export function toLogRecord(topic: string, partition: number, message: KafkaMessage): LogRecord {
  return {
    topic,
    partition,
    offset: toOffset(message.offset),
    key: message.key === null ? null : message.key.toString(),
    value: message.value === null ? null : Buffer.from(message.value),
    headers: toHeaders(message.headers),
    timestampMs: Number(message.timestamp),
  };
}

/** Kafka offsets are 64 bits wide; a partition will not outlive the 53 that a number holds. */
export function toOffset(text: string): number {
  const offset = Number(text);
  invariant(Number.isSafeInteger(offset), `offset ${text} is beyond 2^53`);
  return offset;
}

function toHeaders(headers: IHeaders | undefined): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    // Kafka allows a header without a value, which kafkajs hands out as null against its types.
    const first = (Array.isArray(value) ? value[0] : value) as Buffer | string | null | undefined;
    if (first !== undefined && first !== null) texts[name] = first.toString();
  }
  return texts;
}
