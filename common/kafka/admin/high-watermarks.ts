import type { Admin } from 'kafkajs';
import type { KafkaConnection } from '../client/connection.ts';
import { withClusterOptions } from '../internal-cluster.ts';
import { fetchBounds } from './offsets.ts';
import type { Bounds } from './offsets.ts';

const READ_UNCOMMITTED = 0;

/**
 * An admin client that sees records of open transactions. The usual one asks as a read-committed
 * reader would, so that for it the log ends where the first open transaction begins: what was
 * committed may lie behind it, and kafkajs has no option to see that.
 */
export async function withUncommittedAdmin<Result>(
  { client }: KafkaConnection,
  work: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const admin = withClusterOptions(client, { isolationLevel: READ_UNCOMMITTED }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/**
 * Reads the bounds of a topic's partitions, records of open transactions included, by partition
 * number.
 */
export async function fetchHighWatermarks(
  kafka: KafkaConnection,
  topic: string,
): Promise<ReadonlyMap<number, Bounds>> {
  return withUncommittedAdmin(kafka, (admin) => fetchBounds(admin, topic));
}
