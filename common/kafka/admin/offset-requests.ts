import { AppError, BrokerUnavailableError } from '../../base/errors.ts';
import { errorNameOf, sendRequest } from '../client/broker-connections.ts';
import {
  OFFSET_DELETE_API_KEY,
  decodeOffsetDelete,
  encodeOffsetDelete,
} from '../protocol/offset-delete.ts';
import type { OffsetDeleteAnswer } from '../protocol/offset-delete.ts';
import type { GroupAnswer } from '../client/group-coordinators.ts';
import type { Broker } from '../internal-cluster.ts';
import { encoded } from '../internals.ts';

/** kafkajs' form of the answers to OffsetCommit and OffsetFetch. */
export interface OffsetsAnswer<Partition> {
  /** Absent from the answer to a commit. */
  readonly errorCode?: number;
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly (Partition & { readonly errorCode: number })[];
  }[];
}

/** Error codes of a coordinator for a commit by a non-member of a group that has members. */
const GROUP_HAS_MEMBERS: ReadonlySet<number> = new Set([
  22, // ILLEGAL_GENERATION
  25, // UNKNOWN_MEMBER_ID
  27, // REBALANCE_IN_PROGRESS
  68, // NON_EMPTY_GROUP
  86, // GROUP_SUBSCRIBED_TO_TOPIC
  110, // FENCED_MEMBER_EPOCH
  113, // STALE_MEMBER_EPOCH
]);
/**
 * Error codes of a coordinator when a cursor to be removed does not exist, or its group or topic
 * does not.
 */
const NOTHING_THERE: ReadonlySet<number> = new Set([
  3, // UNKNOWN_TOPIC_OR_PARTITION
  69, // GROUP_ID_NOT_FOUND
]);

/** Sends a request of offsets and finds the error codes in its answer. */
export async function sendOffsetRequest<Partition>(
  broker: Broker,
  name: string,
  args: object,
): Promise<GroupAnswer<OffsetsAnswer<Partition>>> {
  const answer = await sendRequest<OffsetsAnswer<Partition>>(broker, name, args);
  const { errorCode = 0, responses } = answer;
  const partitions = responses.flatMap((topic) => topic.partitions);
  return { answer, errorCodes: failures([errorCode, ...partitions.map((one) => one.errorCode)]) };
}

/** Deletes offsets that a group has committed; those that it has not count as deleted. */
export async function deleteOffsets(
  broker: Broker,
  group: string,
  places: readonly { readonly topic: string; readonly partition: number }[],
): Promise<GroupAnswer<OffsetDeleteAnswer>> {
  if (!broker.versions?.[OFFSET_DELETE_API_KEY]) {
    throw new BrokerUnavailableError('The broker cannot remove offsets: Kafka 2.4 is needed');
  }
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of places) {
    topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  }
  const answer = await broker.connectionPool.send<OffsetDeleteAnswer>({
    request: {
      apiKey: OFFSET_DELETE_API_KEY,
      apiVersion: 0,
      apiName: 'OffsetDelete',
      encode: () => Promise.resolve(encoded(encodeOffsetDelete(group, topics))),
    },
    response: {
      decode: (bytes) => {
        const decoded = decodeOffsetDelete(bytes);
        // kafkajs waits for this time, in ms, before it sends more requests.
        return Promise.resolve({ ...decoded, clientSideThrottleTime: decoded.throttleMs });
      },
      parse: (decoded) => Promise.resolve(decoded),
    },
  });
  const codes = [answer.errorCode, ...answer.partitions.map(({ errorCode }) => errorCode)];
  return { answer, errorCodes: failures(codes).filter((code) => !NOTHING_THERE.has(code)) };
}

const failures = (codes: readonly number[]) => codes.filter((code) => code !== 0);

/** @throws AppError  for the first error code, if there is one */
export function refuse(group: string, [code]: readonly number[]): void {
  if (code === undefined) return;
  const name = errorNameOf(code);
  if (!GROUP_HAS_MEMBERS.has(code)) {
    throw new BrokerUnavailableError(`Kafka refuses the cursors of the group ${group}: ${name}`);
  }
  const text =
    `Kafka refuses the cursors of the group ${group}, because it has live members (${name}). ` +
    'Only Hookline commits there, as no member: stop the consumer that has joined it.';
  throw new AppError('group_active', text, { retryable: true });
}
