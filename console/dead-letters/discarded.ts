import { DLQ_HEADER, HEADER, deliveryIdOf } from '../../common/model/delivery.ts';
import { attemptsPartitionOf, formatAttempt } from '../../common/model/attempt.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';

interface To {
  /** The topic of attempts, and its partitions. */
  readonly topic: string;
  readonly partitions: number;
}

/** Notes of discarded dead letters for the log of attempts, until they are written. */
export class DiscardedNotes {
  private readonly to: To;
  private readonly reason: string;
  private lines = new Map<number, string[]>();

  constructor(to: To, reason: string) {
    this.to = to;
    this.reason = reason;
  }

  add(record: LogRecord, nowMs: number): void {
    const partition = attemptsPartitionOf(record.partition, this.to.partitions);
    const own = this.lines.get(partition) ?? [];
    own.push(formatAttempt(noteOf(record, this.reason, nowMs)));
    this.lines.set(partition, own);
  }

  /** Returns the notes as records, and empties them. */
  take(): readonly OutgoingRecord[] {
    const { topic } = this.to;
    const records = [...this.lines].map(([partition, lines]) => {
      return { topic, partition, key: null, value: lines.join('\n'), headers: {} };
    });
    this.lines = new Map();
    return records;
  }
}

function noteOf(record: LogRecord, reason: string, at: number) {
  const { headers, key, topic, partition, offset } = record;
  const whole = (text = '') => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);
  const lastError = headers[DLQ_HEADER.message];
  return {
    id: deliveryIdOf(record),
    key: key ?? '',
    subscription: headers[HEADER.subscription],
    eventType: headers[HEADER.eventType],
    attempt: whole(headers[HEADER.attempt]) ?? 0,
    state: 'cancelled' as const,
    status: whole(headers[HEADER.lastStatus]),
    error: `discarded: ${reason}${lastError ? `; it died of: ${lastError}` : ''}`.slice(0, 500),
    latencyMs: 0,
    ...{ at, topic, partition, offset },
  };
}
