import type { Admin, Kafka } from 'kafkajs';
import { invariant } from '../errors.ts';
import type { KafkaConnection } from './connection.ts';
import { fetchBounds } from './offsets.ts';
import type { Bounds } from './offsets.ts';

/** kafkajs' own name of what its clients get their connection from. */
const CREATE_CLUSTER = 'private:Kafka:createCluster';
const READ_UNCOMMITTED = 0;

type CreateCluster = (options: object) => unknown;

/**
 * An admin client that sees records of open transactions. The usual one asks as a read-committed
 * reader would, so that for it the log ends where the first open transaction begins: what was
 * committed may lie behind it, and kafkajs has no option to see that.
 */
export async function withUncommittedAdmin<Result>(
  { client }: KafkaConnection,
  work: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const admin = readUncommitted(client).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** What a topic holds, records of open transactions included, by partition number. */
export async function fetchHighWatermarks(
  kafka: KafkaConnection,
  topic: string,
): Promise<ReadonlyMap<number, Bounds>> {
  return withUncommittedAdmin(kafka, (admin) => fetchBounds(admin, topic));
}

function readUncommitted(client: Kafka): Kafka {
  const symbols = Object.getOwnPropertySymbols(client);
  const symbol = symbols.find(({ description }) => description === CREATE_CLUSTER);
  invariant(symbol, 'kafkajs has another inside than 2.2.4');
  const create = (client as unknown as Record<symbol, CreateCluster>)[symbol] as CreateCluster;
  return Object.create(client, {
    [symbol]: {
      value: (options: object) => create({ ...options, isolationLevel: READ_UNCOMMITTED }),
    },
  }) as Kafka;
}
