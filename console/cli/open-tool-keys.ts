import { messageOf } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { Config } from '../../common/config/config.ts';
import { ensureTopics } from '../../common/kafka/admin/topic-admin.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { createPublisher } from '../../common/kafka/produce/publisher.ts';
import { topicNames, topicTable } from '../../common/topics/topics.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';
import { openBodyKeys } from '../../common/user-keys/open-user-keys.ts';

/**
 * Opens the keys of users for a command, which ends its process when it is done.
 *
 * @throws ConfigError the settings do not fit the keys that there are
 */
export async function openToolKeys(
  config: Config,
  kafka: KafkaConnection,
  logger: Logger,
): Promise<BodyKeys> {
  const { userKeys } = topicNames(config.TOPIC_PREFIX);
  const table = topicTable(config).filter(({ name }) => name === userKeys);
  const counts = await ensureTopics(kafka, table, config.REPLICATION_FACTOR, logger);
  const publisher = createPublisher({ kafka, logger });
  const open = new AsyncDisposableStack();
  return openBodyKeys({ config, kafka, topic: userKeys, publisher, counts, logger, open, fail });
}

function fail(error: unknown): never {
  console.error(`The keys of users cannot be read: ${messageOf(error)}`);
  process.exit(1);
}
