import { ConfigError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/config.ts';
import type { KafkaConnection } from '../kafka/client/connection.ts';
import type { PartitionCounts } from '../kafka/admin/topic-admin.ts';
import type { Publisher } from '../kafka/ports.ts';
import { NO_USER_KEYS } from './body-keys.ts';
import type { BodyKeys } from './body-keys.ts';
import { masterKey } from './user-key.ts';
import { UserKeys } from './user-keys.ts';

interface Deps {
  readonly config: Pick<Config, 'USER_KEYS' | 'SECRET_KEY'>;
  readonly kafka: KafkaConnection;
  readonly topic: string;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly counts: PartitionCounts;
  readonly logger: Logger;
  readonly open: AsyncDisposableStack;
  readonly fail: (error: unknown) => void;
}

/**
 * Opens the keys of users for as long as the process runs; with USER_KEYS=off there are none.
 *
 * @throws ConfigError the settings do not fit the keys that there are
 */
export async function openBodyKeys(deps: Deps): Promise<BodyKeys> {
  return (await openUserKeys(deps)) ?? NO_USER_KEYS;
}

/** @returns null: USER_KEYS is off */
export async function openUserKeys(deps: Deps): Promise<UserKeys | null> {
  const { config, kafka, topic, publisher, counts, logger, open, fail: onFatal } = deps;
  if (config.USER_KEYS === 'off') {
    if (counts.wasThere(topic)) throw keysThere(topic);
    return null;
  }
  const master = masterKey(config.SECRET_KEY);
  const partitions = counts.of(topic);
  const keys = await UserKeys.open({
    kafka,
    publisher,
    topic,
    partitions,
    master,
    logger,
    onFatal,
  });
  open.defer(() => keys.close());
  return keys;
}

/** Bodies that are encrypted could not be delivered. */
function keysThere(topic: string): ConfigError {
  return new ConfigError([
    `USER_KEYS="off": there is a topic ${topic}, so bodies may be encrypted; allowed: on, ` +
      'or off once nothing encrypted is left and that topic is deleted',
  ]);
}
