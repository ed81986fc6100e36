import { ByteWriter } from './byte-writer.ts';

/** Partition numbers by topic. */
export type TopicPartitions = ReadonlyMap<string, readonly number[]>;

export interface OffsetDeleteAnswer {
  /** Error code for the group as a whole; 0 is success. */
  readonly errorCode: number;
  /** How long the broker asks us to send nothing. */
  readonly throttleMs: number;
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly errorCode: number;
  }[];
}

export const OFFSET_DELETE_API_KEY = 47;

/**
 * The body of an OffsetDelete request, version 0, which kafkajs does not know.
 *
 *     OffsetDelete Request (Version: 0) => group_id [topics]
 *       group_id => STRING
 *       topics => name [partitions]
 *         name => STRING
 *         partitions => partition_index
 *           partition_index => INT32
 *
 * STRING is an INT16 length and so many bytes; an array is an INT32 count and its elements.
 *
 * @see https://kafka.apache.org/protocol#The_Messages_OffsetDelete and KIP-496
 */
export function encodeOffsetDelete(group: string, topics: TopicPartitions): Buffer {
  let size = 2 + Buffer.byteLength(group) + 4;
  for (const [topic, { length }] of topics) size += 2 + Buffer.byteLength(topic) + 4 + 4 * length;
  const writer = new ByteWriter(size).string(group).int32(topics.size);
  for (const [topic, partitions] of topics) {
    writer.string(topic).int32(partitions.length);
    for (const partition of partitions) writer.int32(partition);
  }
  return writer.whole();
}

/**
 * Reads the body of the answer.
 *
 *     OffsetDelete Response (Version: 0) => error_code throttle_time_ms [topics]
 *       error_code => INT16
 *       throttle_time_ms => INT32
 *       topics => name [partitions]
 *         name => STRING
 *         partitions => partition_index error_code
 *           partition_index => INT32
 *           error_code => INT16
 *
 * @throws RangeError it ends too early
 */
export function decodeOffsetDelete(answer: Buffer): OffsetDeleteAnswer {
  let at = 0;
  const int16 = () => answer.readInt16BE((at += 2) - 2);
  const int32 = () => answer.readInt32BE((at += 4) - 4);
  const string = () => {
    const length = int16();
    if (length > answer.length - at) throw new RangeError(`a name of ${length} bytes is cut off`);
    return answer.toString('utf8', at, (at += length));
  };
  const errorCode = int16();
  const throttleMs = int32();
  const partitions: { topic: string; partition: number; errorCode: number }[] = [];
  for (let topics = int32(); topics > 0; topics -= 1) {
    const topic = string();
    for (let left = int32(); left > 0; left -= 1) {
      partitions.push({ topic, partition: int32(), errorCode: int16() });
    }
  }
  return { errorCode, throttleMs, partitions };
}
