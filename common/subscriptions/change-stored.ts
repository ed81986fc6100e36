import { withDeadline } from '../base/loaded.ts';
import type { Logger } from '../base/logger.ts';
import type { PartitionCounts } from '../kafka/admin/topic-admin.ts';
import type { KafkaConnection } from '../kafka/client/connection.ts';
import type { CompactedTable, OutgoingRecord, TransactionalWriter } from '../kafka/ports.ts';
import { asOnlyWriter, WRITE_DEADLINE_MS } from '../kafka/produce/as-only-writer.ts';
import { partitionOf } from '../kafka/produce/partitioner.ts';
import { createTransactionalWriter } from '../kafka/produce/transactional-writer.ts';
import type { TopicNames } from '../topics/topics.ts';

/** The subscriptions topic as its writers need it. */
export interface SubscriptionsTopic {
  readonly topic: string;
  readonly partitions: number;
  /** Opens a writer, which every later writer of the same key fences. */
  readonly openWriter: (key: string) => TransactionalWriter;
}

export function subscriptionsTopic(
  kafka: KafkaConnection,
  names: Pick<TopicNames, 'subscriptions' | 'subscriptionTransactionalId'>,
  counts: PartitionCounts,
  logger: Logger,
): SubscriptionsTopic {
  return {
    topic: names.subscriptions,
    partitions: counts.of(names.subscriptions),
    openWriter: (key) => {
      const transactionalId = names.subscriptionTransactionalId(key);
      return createTransactionalWriter({ kafka, transactionalId, logger });
    },
  };
}

/** A value to be stored, and what is written together with it in one transaction. */
export interface NextStored {
  /** null: nothing is stored any more. */
  readonly value: object | null;
  readonly along?: readonly OutgoingRecord[];
}

/**
 * Changes what the subscriptions topic stores under a key. Several processes may do so at once, and
 * the table of each is a moment behind the topic: whoever changes what it has not read back undoes
 * the change before. So each fences the others, reads all that is there, and only then decides.
 *
 * @param table the same topic, live; afterwards it holds the change
 * @param next says what to store, made of what the table holds now; null: nothing is to be changed.
 *        May be called several times.
 * @throws BrokerUnavailableError: it may have been changed all the same
 */
export async function changeStored(
  { topic, partitions, openWriter }: SubscriptionsTopic,
  table: Pick<CompactedTable<unknown>, 'caughtUp'>,
  key: string,
  next: () => NextStored | null,
): Promise<void> {
  const partition = partitionOf(key, partitions);
  const read = () =>
    withDeadline(table.caughtUp(partition), 'the subscriptions', WRITE_DEADLINE_MS);
  const work = async (writer: TransactionalWriter) => {
    await read();
    const stored = next();
    if (stored === null) return;
    const { along = [] } = stored;
    const value = stored.value && JSON.stringify(stored.value);
    await writer.write([{ topic, partition, key, value, headers: {} }, ...along]);
    await read();
  };
  await asOnlyWriter(() => openWriter(key), work, { failure: `Subscription ${key} not written` });
}
