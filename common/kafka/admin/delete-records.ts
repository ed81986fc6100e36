import type { KafkaConnection } from '../client/connection.ts';
import { withAdmin } from './topic-admin.ts';

/**
 * Deletes the beginning of partitions, as retention does: from then on no client can read it.
 *
 * @param before by partition, the first offset that stays; -1: none stays
 */
export async function deleteRecords(
  kafka: KafkaConnection,
  topic: string,
  before: ReadonlyMap<number, number>,
): Promise<void> {
  const partitions = Array.from(before, ([partition, offset]) => {
    return { partition, offset: String(offset) };
  });
  await withAdmin(kafka, async (admin) => {
    // Without it kafkajs does not know the partitions' leaders.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions });
  });
}
