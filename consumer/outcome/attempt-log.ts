import { attemptsPartitionOf, formatAttempt } from '../../common/attempt.ts';
import type { NewAttempt } from '../../common/attempt.ts';
import type { Publisher } from '../../common/kafka/types.ts';

/** Attempts of one partition that will be written as one record. */
interface Gathering {
  readonly lines: string[];
  chars: number;
  readonly written: Promise<void>;
  readonly flush: () => void;
}

/** From the first attempt on. What is not written yet is not committed, and a crash repeats it. */
const GATHER_MS = 2;
/** In a busy time, which is when so many have come by then: a request to Kafka is dear. */
const GATHER_BUSY_MS = 12;
const BUSY_ATTEMPTS = 16;
const ATTEMPTS_MAX = 500;
/** Kafka takes records of about 1 MB, and a character may need three bytes. */
const CHARS_MAX = 250_000;
/** What came from outside is cut to this, so that no attempt is too large for its topic. */
const TEXT_CHARS_MAX = 500;

/**
 * Writes attempts to their topic, those of a few milliseconds as one record: a record for each
 * would cost as much as the delivery itself.
 */
export class AttemptLog {
  private readonly publisher: Publisher;
  private readonly topic: string;
  private readonly partitions: number;
  private readonly gatherings = new Map<number, Gathering>();
  /** When those began that are not written yet, oldest first, ms since 1970. */
  private readonly pending = new Map<Promise<void>, number>();

  /** @param partitions of that topic */
  constructor(publisher: Publisher, topic: string, partitions: number) {
    this.publisher = publisher;
    this.topic = topic;
    this.partitions = partitions;
  }

  /** Resolves once the attempt is in the log; tries until the publisher is closed. */
  write(attempt: NewAttempt): Promise<void> {
    const partition = attemptsPartitionOf(attempt.partition, this.partitions);
    let gathering = this.gatherings.get(partition);
    if (!gathering) this.gatherings.set(partition, (gathering = this.begin(partition, attempt.at)));
    const line = formatAttempt(cut(attempt));
    gathering.lines.push(line);
    gathering.chars += line.length;
    const { lines, chars } = gathering;
    if (lines.length >= ATTEMPTS_MAX || chars >= CHARS_MAX) gathering.flush();
    return gathering.written;
  }

  /** Attempts that are not in the log yet were made after this; ms since 1970. */
  get pendingSinceMs(): number {
    return this.pending.values().next().value ?? Date.now();
  }

  /** @param sinceMs when the first of its attempts was made, ms since 1970 */
  private begin(partition: number, sinceMs: number): Gathering {
    const { publisher, topic } = this;
    const lines: string[] = [];
    const { promise: written, resolve, reject } = Promise.withResolvers<void>();
    const flush = () => {
      clearTimeout(timer);
      this.gatherings.delete(partition);
      const record = { topic, partition, key: null, value: lines.join('\n'), headers: {} };
      publisher.publish(record, Infinity).then(resolve, reject);
    };
    const look = () => {
      if (lines.length < BUSY_ATTEMPTS) return flush();
      timer = setTimeout(flush, GATHER_BUSY_MS - GATHER_MS);
    };
    let timer = setTimeout(look, GATHER_MS);
    this.pending.set(written, sinceMs);
    const done = () => this.pending.delete(written);
    // In a turn of its own: by then what waits for it is finished.
    written.then(() => setImmediate(done), done);
    return { lines, chars: 0, written, flush };
  }
}

function cut(attempt: NewAttempt): NewAttempt {
  const { id, key } = attempt;
  if (id.length <= TEXT_CHARS_MAX && key.length <= TEXT_CHARS_MAX) return attempt;
  return { ...attempt, id: id.slice(0, TEXT_CHARS_MAX), key: key.slice(0, TEXT_CHARS_MAX) };
}
