import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord } from '../delivery.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { KafkaConnection } from './connection.ts';
import { joinGroup } from './group.ts';
import { fetchHighWatermarks } from './high-watermarks.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly topic: string;
  readonly logger: Logger;
  /** Each record of the topic from its start, in order within a partition; must not throw. */
  readonly onRecord: (record: LogRecord) => void;
  readonly onFatal: (error: unknown) => void;
}

export interface TopicReader {
  /**
   * Resolves when all that was in the topic at the time of the call has been read; transactions
   * that were open then have ended.
   *
   * @param partition only this one; another one's open transaction is then not waited for
   */
  caughtUp(partition?: number): Promise<void>;
  close(): Promise<void>;
}

const POLL_MS = 20;

/**
 * Reads one whole topic (committed transactions only) and follows it, commits nothing and shares
 * with nobody: a group of its own, which Kafka forgets when it is left.
 */
export async function readTopic(deps: Deps): Promise<TopicReader> {
  const { kafka, topic, onRecord } = deps;
  const positions = new Map<number, number>();
  let closed = false;
  const group = await joinGroup({
    ...deps,
    groupId: `${kafka.clientId}-reader-${randomUUID()}`,
    topics: [topic],
    handlers: {
      onFence: () => {},
      onAssigned: (assignment, committed) => {
        const partitions = assignment.get(topic) ?? [];
        const starts = partitions.map((partition) => {
          // After a rejoin go on where we were: nothing is committed in this group.
          const offset = positions.get(partition) ?? committed.get(topic, partition).offset;
          positions.set(partition, offset);
          return { topic, partition, offset };
        });
        return Promise.resolve(starts);
      },
      onRecords: ({ partition, records, readTo }) => {
        records.forEach(onRecord);
        positions.set(partition, readTo);
      },
    },
  });

  return {
    async caughtUp(partition) {
      const bounds = await fetchHighWatermarks(kafka, topic);
      const wanted = [...bounds].filter(([n]) => partition === undefined || n === partition);
      // The log's start counts as read: records before it are gone.
      while (wanted.some(([n, { low, high }]) => (positions.get(n) ?? low) < high)) {
        if (closed) throw new AppError('broker_unavailable', `the reader of ${topic} is closed`);
        await sleep(POLL_MS);
      }
    },
    close: () => {
      closed = true;
      return group.close();
    },
  };
}
