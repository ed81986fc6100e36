import type { LogRecord } from '../log-record.ts';
import type { KafkaConnection } from '../client/connection.ts';
import type { Follow } from './log-cursor.ts';
import { LogPoll } from './log-poll.ts';

export interface FollowedTopic {
  /**
   * Resolves when all that was in the topic at the time of the call has been read; transactions
   * that were open then have ended.
   *
   * @param partition only this one; another one's open transaction is then not waited for
   * @throws BrokerUnavailableError
   */
  caughtUp(partition?: number): Promise<void>;
  close(): Promise<void>;
}

interface Deps extends Follow {
  readonly kafka: KafkaConnection;
  /** The topic brings so many records that others should not share its fetches. */
  readonly isBusy?: boolean;
}

/** Polls of each connection; the topics of one poll are followed together. */
const shared = new WeakMap<KafkaConnection, Set<LogPoll>>();

/**
 * Reads a topic (committed transactions only) and follows it, without commits and without a
 * consumer group. The topics that one process follows are fetched in one request, which waits until
 * records come.
 *
 * @returns once it is known where to begin
 */
export async function followTopic({ kafka, isBusy, ...follow }: Deps): Promise<FollowedTopic> {
  const { topic } = follow;
  const polls = shared.get(kafka) ?? new Set();
  shared.set(kafka, polls);
  // A request can ask for a partition at one offset only.
  const found = isBusy ? undefined : [...polls].find((one) => !one.has(topic));
  const poll = found ?? new LogPoll(kafka);
  if (!isBusy) polls.add(poll);
  let closing: Promise<void> | null = null;
  const close = async () => {
    poll.remove(topic);
    if (poll.size > 0) return;
    polls.delete(poll);
    await poll.close();
  };
  try {
    await poll.add(follow);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    caughtUp: (partition) => poll.caughtUp(topic, partition),
    close: () => (closing ??= close()),
  };
}

/**
 * Reads a topic record by record, from its start, and follows it.
 *
 * @param deps `onRecord` gets the records in order within a partition; it must not throw
 */
export function readTopic({
  onRecord,
  ...deps
}: Omit<Deps, 'onBatch'> & {
  readonly onRecord: (record: LogRecord) => void;
}): Promise<FollowedTopic> {
  return followTopic({ ...deps, onBatch: ({ records }) => records.forEach(onRecord) });
}
