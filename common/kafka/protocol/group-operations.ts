import { ByteWriter } from './byte-writer.ts';

export const DESCRIBE_GROUPS_API_KEY = 15;
/** The first version that says what we are allowed; kafkajs knows those before. @see KIP-430 */
export const DESCRIBE_GROUPS_VERSION = 3;

/**
 * The body of a DescribeGroups request, version 3, for one group.
 *
 *     DescribeGroups Request (Version: 3) => [groups] include_authorized_operations
 *       groups => STRING
 *       include_authorized_operations => BOOLEAN
 *
 * @see https://kafka.apache.org/protocol#The_Messages_DescribeGroups
 */
export function encodeGroupOperations(group: string): Buffer {
  const writer = new ByteWriter(4 + 2 + Buffer.byteLength(group) + 1);
  return writer.int32(1).string(group).int8(1).whole();
}

/** Answer of a coordinator about one group. */
export interface GroupOperations {
  readonly errorCode: number;
  /** A bit for each operation that we are allowed. */
  readonly operations: number;
}

/**
 * Reads the answer for one group: after the throttle time and the count of groups its error code
 * comes first and its operations last.
 *
 * @throws RangeError it ends too early
 */
export function decodeGroupOperations(answer: Buffer): GroupOperations {
  const operationsAt = answer.length - 4;
  return { errorCode: answer.readInt16BE(8), operations: answer.readInt32BE(operationsAt) };
}
