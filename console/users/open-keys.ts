import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import type { PartitionCounts } from '../../common/kafka/admin/topic-admin.ts';
import { createPublisher } from '../../common/kafka/produce/publisher.ts';
import type { Role } from '../../common/process/run-role.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import { NO_USER_KEYS } from '../../common/user-keys/body-keys.ts';
import { openUserKeys } from '../../common/user-keys/open-user-keys.ts';

interface Deps extends Role {
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly counts: PartitionCounts;
}

/** Opens the keys of users, and the publisher of what the console writes. */
export async function openKeys(deps: Deps) {
  const { kafka, logger, open, names } = deps;
  const publisher = createPublisher({ kafka, logger });
  open.defer(() => publisher.close());
  const userKeys = await openUserKeys({ ...deps, topic: names.userKeys, publisher });
  return { publisher, userKeys, bodyKeys: userKeys ?? NO_USER_KEYS };
}
