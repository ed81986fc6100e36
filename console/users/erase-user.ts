import { pause, pollUntil } from '../../common/base/retry.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { deleteRecords } from '../../common/kafka/admin/delete-records.ts';
import { fetchBounds } from '../../common/kafka/admin/offsets.ts';
import type { Bounds } from '../../common/kafka/admin/offsets.ts';
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
/** How long an erasure waits for others and begins again, in ms. */
const PATIENCE_MS = 60_000;
/** An erasure of another process that writes nothing for so long, in ms, was cut short. */
const STALLED_MS = 5_000;
const LOOK_AGAIN_MS = 300;

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
  // A transaction that a killed erasure has left open holds up every reading for seconds.
  const partition = userKeys.partitionOf(user);
  let destroyed: string | null = null;
  const open = async () => {
    await othersEnded(deps, user);
    const transactionalId = names.userKeysTransactionalId(partition);
    return createTransactionalWriter({ kafka, transactionalId, logger });
  };
  const work = async (writer: TransactionalWriter): Promise<Erasure> => {
    // Other erasures are fenced out. New users' keys may still be added, behind this end.
    const { low, high } = await boundsOf(deps, partition);
    const found = await userKeys.look(user);
    // An erasure that was cut short has left its record, and the log before it.
    if (!found.key && low >= found.deleteBefore) {
      return { key: destroyed, partition, deletedBefore: low };
    }
    destroyed = found.key?.id ?? destroyed;
    // By itself and soon, as it tells other erasures that they have to wait.
    await writer.write([found.erasure(high)]);
    for (const records of batchesOf(found.copies())) await writer.write(records);
    await deleteRecords(kafka, topic, new Map([[partition, high]]));
    return { key: destroyed, partition, deletedBefore: high };
  };
  const erasure = await asOnlyWriter(open, work, {
    failure: 'The user was not erased',
    patienceMs: PATIENCE_MS,
  });
  // Also without a key: an erasure before this one may have got no answer a moment ago.
  await pause(LEASE_MS);
  return erasure;
}

/**
 * Resolves when no other erasure is under way in the user's partition. Large ones that fenced each
 * other out would begin again and again, and none would come to its end.
 */
async function othersEnded(deps: EraseDeps, user: string): Promise<void> {
  const partition = deps.userKeys.partitionOf(user);
  let seen = { high: -1, atMs: 0 };
  const haveEnded = async () => {
    const { deleteBefore } = await deps.userKeys.look(user);
    const { low, high } = await boundsOf(deps, partition);
    const nowMs = Date.now();
    if (high !== seen.high) seen = { high, atMs: nowMs };
    return low >= deleteBefore || nowMs - seen.atMs > STALLED_MS;
  };
  const deadlineMs = Date.now() + PATIENCE_MS / 2;
  await pollUntil(haveEnded, { everyMs: LOOK_AGAIN_MS, deadlineMs });
}

async function boundsOf({ kafka, names }: EraseDeps, partition: number): Promise<Bounds> {
  const bounds = await withAdmin(kafka, (admin) => fetchBounds(admin, names.userKeys));
  return bounds.get(partition) ?? { low: 0, high: 0 };
}

function* batchesOf(records: readonly OutgoingRecord[]): Generator<readonly OutgoingRecord[]> {
  for (let at = 0; at < records.length; at += COPIES_AT_ONCE) {
    yield records.slice(at, at + COPIES_AT_ONCE);
  }
}
