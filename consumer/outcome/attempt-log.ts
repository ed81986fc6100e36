import { attemptsPartitionOf, formatAttempt } from '../../common/model/attempt.ts';
import type { NewAttempt } from '../../common/model/attempt.ts';
import type { LineWriter } from '../../common/kafka/ports.ts';
import { EXCERPT_BYTES_MAX } from '../../common/send/excerpt.ts';

/**
 * Length to which texts from outside are cut, in characters, so that no attempt is too large for
 * its topic.
 */
const TEXT_CHARS_MAX = 500;

/** Writes attempts to their topic, a line each: a record for each would cost as much as sending. */
export class AttemptLog {
  private readonly writer: LineWriter;
  private readonly topic: string;
  private readonly partitions: number;
  /** When those began that are not written yet, oldest first, ms since 1970. */
  private readonly pending = new Map<Promise<void>, number>();

  /** @param partitions of that topic */
  constructor(writer: LineWriter, topic: string, partitions: number) {
    this.writer = writer;
    this.topic = topic;
    this.partitions = partitions;
  }

  /** Resolves once the attempt is in the log; tries until the publisher is closed. */
  write(attempt: NewAttempt): Promise<void> {
    const partition = attemptsPartitionOf(attempt.partition, this.partitions);
    const written = this.writer.append(this.topic, partition, formatAttempt(cut(attempt)));
    if (!this.pending.has(written)) {
      this.pending.set(written, attempt.at);
      const done = () => this.pending.delete(written);
      // The entry is removed in a later turn of the event loop, when the deliveries that awaited
      // the line are finished.
      written.then(() => setImmediate(done), done);
    }
    return written;
  }

  /** Attempts that are not in the log yet were made after this; ms since 1970. */
  get pendingSinceMs(): number {
    return this.pending.values().next().value ?? Date.now();
  }
}

function cut(attempt: NewAttempt): NewAttempt {
  const { id, key, subscription, eventType, error, excerpt } = attempt;
  const isShort =
    fits(id) &&
    fits(key) &&
    fits(subscription) &&
    fits(eventType) &&
    fits(error) &&
    fits(excerpt, EXCERPT_BYTES_MAX);
  if (isShort) return attempt;
  return {
    ...attempt,
    id: id.slice(0, TEXT_CHARS_MAX),
    key: key.slice(0, TEXT_CHARS_MAX),
    subscription: subscription?.slice(0, TEXT_CHARS_MAX),
    eventType: eventType?.slice(0, TEXT_CHARS_MAX),
    error: error?.slice(0, TEXT_CHARS_MAX),
    excerpt: excerpt?.slice(0, EXCERPT_BYTES_MAX),
  };
}

function fits(text: string | null | undefined, charsMax = TEXT_CHARS_MAX): boolean {
  return (text?.length ?? 0) <= charsMax;
}
