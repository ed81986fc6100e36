import { DLQ_HEADER, HEADER, deliveryIdOf } from '../../common/model/delivery.ts';
import { attemptsPartitionOf, formatAttempt } from '../../common/model/attempt.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import { GatheredLines } from '../../common/kafka/produce/gathered-lines.ts';

interface To {
  /** The topic of attempts, and its partitions. */
  readonly topic: string;
  readonly partitions: number;
}

/** Notes of discarded dead letters for the log of attempts, until they are written. */
export class DiscardedNotes {
  private readonly to: To;
  private readonly reason: string;
  /** By partition; a record takes no more than the broker does, so that there may be several. */
  private gathered = new Map<number, GatheredLines[]>();

  constructor(to: To, reason: string) {
    this.to = to;
    this.reason = reason;
  }

  add(record: LogRecord, nowMs: number): void {
    const partition = attemptsPartitionOf(record.partition, this.to.partitions);
    const line = formatAttempt(noteOf(record, this.reason, nowMs));
    const own = this.gathered.get(partition) ?? [];
    this.gathered.set(partition, own);
    let last = own.at(-1);
    if (!last?.hasRoomFor(line)) {
      last = new GatheredLines(this.to.topic, partition);
      own.push(last);
    }
    last.add(line);
  }

  /** Returns the notes as records, and empties them. */
  take(): readonly OutgoingRecord[] {
    const records = [...this.gathered.values()].flat().map(({ record }) => record);
    this.gathered = new Map();
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
