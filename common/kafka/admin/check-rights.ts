import { AppError } from '../../base/errors.ts';
import { BrokerConnections, sendRequest } from '../client/broker-connections.ts';
import type { KafkaConnection } from '../client/connection.ts';
import { GroupCoordinators } from '../client/group-coordinators.ts';
import { encoded } from '../internals.ts';
import type { Broker } from '../internal-cluster.ts';
import {
  DESCRIBE_GROUPS_API_KEY,
  DESCRIBE_GROUPS_VERSION,
  decodeGroupOperations,
  encodeGroupOperations,
} from '../protocol/group-operations.ts';
import type { GroupOperations } from '../protocol/group-operations.ts';
import {
  METADATA_VERSION,
  UNKNOWN_OPERATIONS,
  decodeTopicEntries,
  encodeMetadataRequest,
} from '../protocol/topic-metadata.ts';
import type { TopicEntry } from '../protocol/topic-metadata.ts';
import { withAdmin } from './topic-admin.ts';
import { missingOperations, rightsText } from './rights.ts';
import type { Rights } from './rights.ts';

const METADATA_API_KEY = 3;
const UNKNOWN_TOPIC = 3;
const TOPIC_DENIED = 29;
const GROUP_DENIED = 30;
const TRANSACTIONAL_ID_DENIED = 53;
const TRANSACTION = 1;
const PATIENCE_MS = 30_000;

/**
 * Asks the broker what this login may do, before any work begins: a right that is missing would
 * show hours later, as when the first delivery dies.
 *
 * A transactional id is only asked for whether it may be seen, as Kafka tells no more. A broker
 * that does not say what is allowed (before Kafka 2.8) is not asked.
 *
 * @param role in words, for the message
 * @throws AppError rights_missing  which principal needs which operation on which resource
 */
export async function checkRights(
  kafka: KafkaConnection,
  role: string,
  rights: readonly Rights[],
): Promise<void> {
  // It waits for a broker that is away, and explains a login that fails.
  await withAdmin(kafka, () => Promise.resolve());
  const connections = new BrokerConnections(kafka);
  try {
    const missing = await missingRights(connections, rights);
    if (missing.length === 0) return;
    const who = kafka.principal || 'the principal of its login';
    throw new AppError(
      'rights_missing',
      `Kafka does not allow what the ${role} needs. Give ${who}:\n${rightsText(missing)}\n` +
        'docs/kafka.md has the list of each role, with the commands.',
    );
  } finally {
    await connections.close();
  }
}

async function missingRights(
  connections: BrokerConnections,
  rights: readonly Rights[],
): Promise<readonly Rights[]> {
  const of = (kind: Rights['kind']) => rights.filter((one) => one.kind === kind);
  const groups = new GroupCoordinators(connections);
  const found = await Promise.all([
    missingOnTopics(connections, of('topic')),
    ...of('group').map((one) => missingOnGroup(groups, one)),
    ...of('transactional-id').map((one) => missingOnTransactionalId(connections, one)),
  ]);
  return found.flat();
}

async function missingOnTopics(
  connections: BrokerConnections,
  rights: readonly Rights[],
): Promise<readonly Rights[]> {
  const broker = await connections.any();
  const { maxVersion = 0 } = broker.versions?.[METADATA_API_KEY] ?? {};
  if (maxVersion < METADATA_VERSION) return [];
  const names = rights.map(({ name }) => name);
  const entries = await connections.with(broker, (one) => describeTopics(one, names));
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return rights.flatMap((one) => {
    const { errorCode = TOPIC_DENIED, operations = 0 } = byName.get(one.name) ?? {};
    // Kafka does not say whether a topic exists that we may not see.
    const bits = errorCode === TOPIC_DENIED ? 0 : operations;
    const needed = errorCode === UNKNOWN_TOPIC ? ['Create' as const] : [];
    return lacking({ ...one, operations: [...one.operations, ...needed] }, bits);
  });
}

function describeTopics(broker: Broker, names: readonly string[]): Promise<readonly TopicEntry[]> {
  return broker.connectionPool.send({
    request: {
      apiKey: METADATA_API_KEY,
      apiVersion: METADATA_VERSION,
      apiName: 'Metadata',
      encode: () => Promise.resolve(encoded(encodeMetadataRequest(names))),
    },
    response: {
      decode: (answer: Buffer) => Promise.resolve(decodeTopicEntries(answer)),
      parse: (entries: readonly TopicEntry[]) => Promise.resolve(entries),
    },
  });
}

async function missingOnGroup(
  coordinators: GroupCoordinators,
  right: Rights,
): Promise<readonly Rights[]> {
  // For a prefix one name that begins with it stands for all.
  const group = right.isPrefix ? `${right.name}default` : right.name;
  if (await coordinators.isRefused(group, GROUP_DENIED)) return [right];
  const { answer } = await coordinators.ask(
    group,
    async (broker) => {
      const answer = await describeGroup(broker, group);
      const { errorCode } = answer;
      const isFinal = errorCode === 0 || errorCode === GROUP_DENIED;
      return { answer, errorCodes: isFinal ? [] : [errorCode] };
    },
    PATIENCE_MS,
  );
  return lacking(right, answer.errorCode === GROUP_DENIED ? 0 : answer.operations);
}

function describeGroup(broker: Broker, group: string): Promise<GroupOperations> {
  return broker.connectionPool.send({
    request: {
      apiKey: DESCRIBE_GROUPS_API_KEY,
      apiVersion: DESCRIBE_GROUPS_VERSION,
      apiName: 'DescribeGroups',
      encode: () => Promise.resolve(encoded(encodeGroupOperations(group))),
    },
    response: {
      decode: (answer: Buffer) => Promise.resolve(decodeGroupOperations(answer)),
      parse: (decoded: GroupOperations) => Promise.resolve(decoded),
    },
  });
}

async function missingOnTransactionalId(
  connections: BrokerConnections,
  right: Rights,
): Promise<readonly Rights[]> {
  const groupId = right.isPrefix ? `${right.name}0` : right.name;
  const args = { groupId, coordinatorType: TRANSACTION };
  const { errorCode } = await connections.with(await connections.any(), (broker) =>
    sendRequest<{ errorCode: number }>(broker, 'GroupCoordinator', args),
  );
  return errorCode === TRANSACTIONAL_ID_DENIED ? [right] : [];
}

function lacking(right: Rights, bits: number): readonly Rights[] {
  if (bits === UNKNOWN_OPERATIONS) return [];
  const operations = missingOperations(right.operations, bits);
  return operations.length > 0 ? [{ ...right, operations }] : [];
}
