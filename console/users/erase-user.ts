import { pause } from '../../common/base/retry.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { deleteRecords } from '../../common/kafka/admin/delete-records.ts';
import { fetchBounds } from '../../common/kafka/admin/offsets.ts';
import { withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import type { OutgoingRecord, TransactionalWriter } from '../../common/kafka/ports.ts';
import { asOnlyWriter } from '../../common/kafka/produce/as-only-writer.ts';
import { createTransactionalWriter } from '../../common/kafka/produce/transactional-writer.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import { LEASE_MS } from '../../common/user-keys/user-keys.ts';
import type { UserKeys } from '../../common/user-keys/user-keys.ts';

export interface EraseDeps {
  readonly kafka: KafkaConnection;
  readonly names: Pick<TopicNames, 'userKeys' | 'userKeysTransactionalId'>;
  readonly userKeys: Pick<UserKeys, 'look' | 'partitionOf'>;
  readonly logger: Logger;
}

export interface Erasure {
  /** Id of the key that was destroyed; null: the user had none. */
  readonly key: string | null;
  readonly partition: number;
  /** The key's partition begins here now. */
  readonly deletedBefore: number;
}

/** Records of one transaction: an open one holds up the readers of the keys. */
const COPIES_AT_ONCE = 5_000;
/** The seeds of a million users take seconds to copy, and others may erase somebody meanwhile. */
const ERASED_WITHIN_MS = 60_000;

/**
 * Destroys the key of a user. The record of the erasure and copies of all other seeds of the
 * partition are written behind its end, and then everything before is deleted: no client of Kafka
 * can read the seed any more. Resolves when no process uses the key any more.
 *
 * @see docs/decisions/0015-user-keys.md
 * @throws BrokerUnavailableError the user may have been erased in part: to be called again
 */
export async function eraseUser(deps: EraseDeps, user: string): Promise<Erasure> {
  const { kafka, names, userKeys, logger } = deps;
  const topic = names.userKeys;
  const partition = userKeys.partitionOf(user);
  let destroyed: string | null = null;
  const open = () => {
    const transactionalId = names.userKeysTransactionalId(partition);
    return createTransactionalWriter({ kafka, transactionalId, logger });
  };
  const work = async (writer: TransactionalWriter): Promise<Erasure> => {
    // Other erasures are fenced out, and what a killed one has left open is aborted: until then the
    // keys could not be read. New users' keys may still be added, behind this end.
    const bounds = await withAdmin(kafka, (admin) => fetchBounds(admin, topic));
    const { low, high } = bounds.get(partition) ?? { low: 0, high: 0 };
    const found = await userKeys.look(user);
    // An erasure that was cut short has left its record, and the log before it.
    if (!found.key && low >= found.deleteBefore) {
      return { key: destroyed, partition, deletedBefore: low };
    }
    destroyed = found.key?.id ?? destroyed;
    for (const records of batchesOf([found.erasure(high), ...found.copies()])) {
      await writer.write(records);
    }
    await deleteRecords(kafka, topic, new Map([[partition, high]]));
    return { key: destroyed, partition, deletedBefore: high };
  };
  const options = { failure: 'The user was not erased', withinMs: ERASED_WITHIN_MS };
  const erasure = await asOnlyWriter(open, work, options);
  // Also without a key: an erasure before this one may have got no answer a moment ago.
  await pause(LEASE_MS);
  return erasure;
}

function* batchesOf(records: readonly OutgoingRecord[]): Generator<readonly OutgoingRecord[]> {
  for (let at = 0; at < records.length; at += COPIES_AT_ONCE) {
    yield records.slice(at, at + COPIES_AT_ONCE);
  }
}
