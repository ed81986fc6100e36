import type { LogRecord } from '../log-record.ts';
import type { Logger } from '../../base/logger.ts';
import type { KafkaConnection } from '../client/connection.ts';
import { followTopic } from './follow-topic.ts';
import type { FollowedTopic } from './follow-topic.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly topic: string;
  readonly logger: Logger;
  /** Each record of the topic from its start, in order within a partition; must not throw. */
  readonly onRecord: (record: LogRecord) => void;
  readonly onFatal: (error: unknown) => void;
  /** As in `followTopic`. */
  readonly isBusy?: boolean;
}

export type TopicReader = FollowedTopic;

/** Reads one whole topic, record by record, and follows it. */
export function readTopic({ onRecord, ...deps }: Deps): Promise<TopicReader> {
  return followTopic({ ...deps, onBatch: ({ records }) => records.forEach(onRecord) });
}
