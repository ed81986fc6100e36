import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { openCompactedTable } from '../../common/kafka/consume/compacted-table.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import type { Publisher } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import { parseJson } from '../../common/base/parse-json.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly publisher: Publisher;
  /** Compacted, shared with what processes say of themselves. */
  readonly topic: string;
  readonly partitions: number;
  readonly logger: Logger;
}

const KEY_PREFIX = 'begun/';

/** Returns null for the other records of the topic. */
const BegunLog = z.object({ begunTopicId: z.string().optional() });

/**
 * Knows which partitions the group has begun, and under which id of their topic. Offsets can be
 * deleted, by an operator or with their topic; without this nobody could tell a partition that has
 * lost its offset from a new one.
 */
export class BegunLogs {
  private readonly deps: Deps;
  /** Entries that this process has written, keyed by `topic/partition`. */
  private readonly written = new Map<string, string>();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** Reads the ids of the topics, by `topic/partition`. It takes a second, and is seldom needed. */
  async read(): Promise<ReadonlyMap<string, string>> {
    const { kafka, topic, logger } = this.deps;
    const failed = Promise.withResolvers<never>();
    const parse = (text: string) => parseJson(BegunLog, text) ?? {};
    const onFatal = failed.reject;
    const table = await openCompactedTable({ kafka, topic, parse, logger, onFatal });
    try {
      await Promise.race([table.caughtUp(), failed.promise]);
      return new Map(
        [...table.entries()].flatMap(([key, { begunTopicId: id }]) =>
          key.startsWith(KEY_PREFIX) && id !== undefined
            ? [[key.slice(KEY_PREFIX.length), id]]
            : [],
        ),
      );
    } finally {
      await table.close();
    }
  }

  /** The group has a commit in the partition now. */
  began(name: string, topicId: string): void {
    if (this.written.get(name) === topicId) return;
    this.written.set(name, topicId);
    const { publisher, topic, partitions, logger } = this.deps;
    const key = `${KEY_PREFIX}${name}`;
    const value = JSON.stringify({ begunTopicId: topicId });
    const record = { topic, partition: partitionOf(key, partitions), key, value, headers: {} };
    publisher.publish(record, Infinity).catch((error: unknown) => {
      // Closed: the next process that has the partition writes it.
      logger.debug({ err: messageOf(error), name }, 'begun-log.not-written');
    });
  }
}
