import { messageOf } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { Config } from '../../common/config/config.ts';
import type { PartitionCounts } from '../../common/kafka/admin/topic-admin.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { createPublisher } from '../../common/kafka/produce/publisher.ts';
import { topicNames } from '../../common/topics/topics.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';
import { openBodyKeys } from '../../common/user-keys/open-user-keys.ts';

interface Deps {
  readonly config: Config;
  readonly kafka: KafkaConnection;
  readonly counts: PartitionCounts;
  readonly logger: Logger;
}

/**
 * Opens the keys of users for a command, which ends its process when it is done.
 *
 * @throws ConfigError the settings do not fit the keys that there are
 */
export async function openToolKeys(deps: Deps): Promise<BodyKeys> {
  const topic = topicNames(deps.config.TOPIC_PREFIX).userKeys;
  const publisher = createPublisher(deps);
  return openBodyKeys({ ...deps, topic, publisher, open: new AsyncDisposableStack(), fail });
}

function fail(error: unknown): never {
  console.error(`The keys of users cannot be read: ${messageOf(error)}`);
  process.exit(1);
}
