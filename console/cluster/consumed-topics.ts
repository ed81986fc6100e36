import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { listRetryTopics } from '../../common/kafka/admin/topic-admin.ts';
import type { Role } from '../../common/process/run-role.ts';
import type { TopicNames } from '../../common/topics/topics.ts';

const LOOK_INTERVAL_MS = 30_000;

/**
 * Follows the topics that the delivery group consumes: both lanes of the deliveries and the retry
 * topics that exist. Topics of another schedule come and go with restarts, so looking now and then
 * is enough.
 */
export async function followConsumedTopics({
  kafka,
  names,
  logger,
  open,
}: Pick<Role, 'logger' | 'open'> & {
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
}): Promise<() => readonly string[]> {
  let retryTopics = await listRetryTopics(kafka, names);
  const refresh = setInterval(() => {
    listRetryTopics(kafka, names).then(
      (found) => (retryTopics = found),
      (error: unknown) => logger.debug({ err: error }, 'topics.not-listed'),
    );
  }, LOOK_INTERVAL_MS);
  open.defer(() => clearInterval(refresh));
  return () => [...names.lanes, ...retryTopics];
}
