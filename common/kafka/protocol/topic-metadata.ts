import { pushUvarint, readUvarint } from './varint.ts';

/** Description of one topic in a Metadata answer. */
export interface TopicDescription {
  /** Kafka's id of the topic, which no later topic of the same name has; in hexadecimal digits. */
  readonly id: string;
  readonly partitions: number;
  /** Whether its records may be read; false with 0 partitions: not even its name may be known. */
  readonly mayRead: boolean;
}

/** Kafka's number of the right to read, which is that of its bit in a set of rights. */
const READ = 3;
const TOPIC_AUTHORIZATION_FAILED = 29;

/** The first version whose answer has topic ids. @see KIP-516 */
export const METADATA_VERSION = 10;
const NO_ID = Buffer.alloc(16);
const NO_TAGS = 0;

/** One topic of an answer, whether it exists or not. */
export interface TopicEntry extends Omit<TopicDescription, 'mayRead'> {
  readonly name: string;
  /** 0: the topic exists, and we may see it. */
  readonly errorCode: number;
  /** A bit for each operation that we are allowed; `UNKNOWN_OPERATIONS` where nobody asked. */
  readonly operations: number;
}

export const UNKNOWN_OPERATIONS = -(2 ** 31);

/**
 * The body of a Metadata request, version 10. It begins with the tagged fields of the request's
 * header, which is of version 2: kafkajs writes headers of version 1 only.
 */
export function encodeMetadataRequest(topics: readonly string[]): Buffer {
  const parts: Buffer[] = [Buffer.from([NO_TAGS]), uvarint(topics.length + 1)];
  for (const topic of topics) {
    const name = Buffer.from(topic);
    parts.push(NO_ID, uvarint(name.length + 1), name, Buffer.from([NO_TAGS]));
  }
  // No topic is created; the answer says what may be done with each, and not with the cluster.
  parts.push(Buffer.from([0, 0, 1, NO_TAGS]));
  return Buffer.concat(parts);
}

/**
 * Reads the topics that exist from an answer, by name.
 *
 * @returns without those that are being created or deleted
 */
export function decodeMetadataResponse(answer: Buffer): ReadonlyMap<string, TopicDescription> {
  const topics = new Map<string, TopicDescription>();
  for (const { name, errorCode, id, partitions, operations } of decodeTopicEntries(answer)) {
    const mayRead = ((operations >> READ) & 1) === 1;
    if (errorCode === 0) topics.set(name, { id, partitions, mayRead });
    if (errorCode === TOPIC_AUTHORIZATION_FAILED) {
      topics.set(name, { id: '', partitions: 0, mayRead: false });
    }
  }
  return topics;
}

/** Reads the answer of version 10, which begins with the tagged fields of its header. */
export function decodeTopicEntries(answer: Buffer): readonly TopicEntry[] {
  const reader = new CompactReader(answer);
  reader.skipTags();
  reader.skip(4);
  reader.each(() => {
    reader.skip(4).skipBytes();
    reader.skip(4).skipBytes();
  });
  reader.skipBytes();
  reader.skip(4);
  const topics: TopicEntry[] = [];
  reader.each(() => {
    const errorCode = reader.int16();
    const name = reader.text();
    const id = reader.take(16).toString('hex');
    reader.skip(1);
    let partitions = 0;
    reader.each(() => {
      partitions += 1;
      reader.skip(2 + 4 + 4 + 4);
      for (let list = 0; list < 3; list += 1) reader.skip(4 * reader.length());
    });
    const operations = reader.take(4).readInt32BE();
    topics.push({ errorCode, name, id, partitions, operations });
  });
  return topics;
}

function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  pushUvarint(bytes, value);
  return Buffer.from(bytes);
}

/** Reads the types of Kafka's flexible versions. @see KIP-482 */
class CompactReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  skip(count: number): this {
    this.at += count;
    return this;
  }

  take(count: number): Buffer {
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  int16(): number {
    return this.take(2).readInt16BE();
  }

  /** Reads the length of a list or of bytes; a null has length 0. */
  length(): number {
    return Math.max(0, this.uvarint() - 1);
  }

  text(): string {
    return this.take(this.length()).toString();
  }

  skipBytes(): void {
    this.skip(this.length());
  }

  skipTags(): void {
    for (let left = this.uvarint(); left > 0; left -= 1) {
      this.uvarint();
      this.skip(this.uvarint());
    }
  }

  /** Reads each element of a list with the tagged fields behind it. */
  each(read: () => void): void {
    for (let left = this.length(); left > 0; left -= 1) {
      read();
      this.skipTags();
    }
  }

  private uvarint(): number {
    const read = readUvarint(this.bytes, this.at);
    if (!read) throw new RangeError('the answer ends within a number');
    this.at = read.next;
    return read.value;
  }
}
