import { crc32c } from '@node-rs/crc32';
import { invariant } from '../../errors.ts';
import { ByteWriter, lengthOf, sizeOfVarint, sizeWithLength } from './byte-writer.ts';
import type { Bytes } from './byte-writer.ts';

/** A message as kafkajs hands it to its encoder. */
export interface MessageToEncode {
  readonly key?: Bytes | undefined;
  readonly value: Bytes;
  readonly headers?: Readonly<Record<string, Bytes | readonly Bytes[]>>;
  /** None of ours has one: it is now. */
  readonly timestamp?: undefined;
}

/** A produce request as kafkajs hands it to its encoder. */
export interface ProduceToEncode extends ProducerState {
  readonly acks: number;
  readonly timeout: number;
  readonly compression?: number | undefined;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      /** Of the batch's first record, for a producer that is idempotent. */
      readonly firstSequence?: number | undefined;
      readonly messages: readonly MessageToEncode[];
    }[];
  }[];
}

interface ProducerState {
  readonly transactionalId?: string | null | undefined;
  /** 64 bits, as a decimal number or kafkajs' Long. */
  readonly producerId?: unknown;
  readonly producerEpoch?: number | undefined;
}

interface SizedRecord {
  readonly message: MessageToEncode;
  /** Names and values in turn. */
  readonly headers: readonly Bytes[];
  /** Without its own length. */
  readonly size: number;
}

const NO_PRODUCER = -1n;
const BATCH_FORMAT = 2;
const TRANSACTIONAL = 16;
/** Of a batch, up to the end of its length field. */
const BEFORE_LENGTH = 8 + 4;
/** From there to its first record. */
const BATCH_HEAD = 4 + 1 + 4 + 2 + 4 + 8 + 8 + 8 + 2 + 4 + 4;
/** From the end of the length field to the end of the checksum. */
const BEFORE_SUMMED = 4 + 1 + 4;

/**
 * The body of a produce request, version 3 to 7, with batches of format 2, uncompressed.
 *
 * @param nowMs the time of every record in it
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export function encodeProduce(request: ProduceToEncode, nowMs: number): Buffer {
  const { acks, timeout, transactionalId = null, compression = 0, topicData } = request;
  invariant(compression === 0, 'what is produced is not compressed');
  const sized = topicData.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ messages, ...one }) => {
      const records = messages.map(sizedRecord);
      return { ...one, records, size: sizeOfBatch(records) };
    }),
  }));
  let size = 2 + Math.max(0, lengthOf(transactionalId)) + 2 + 4 + 4;
  for (const { topic, partitions } of sized) {
    size += 2 + lengthOf(topic) + 4;
    for (const one of partitions) size += 4 + 4 + one.size;
  }
  const writer = new ByteWriter(size);
  writer.string(transactionalId).int16(acks).int32(timeout).int32(sized.length);
  for (const { topic, partitions } of sized) {
    writer.string(topic).int32(partitions.length);
    for (const { partition, records, size: bytes, firstSequence = 0 } of partitions) {
      writer.int32(partition).int32(bytes);
      writeBatch(writer, { records, bytes, firstSequence, nowMs, state: request });
    }
  }
  return writer.whole();
}

/** What a batch of one record takes, which is what a topic's `max.message.bytes` bounds. */
export function recordBatchBytes(message: MessageToEncode): number {
  return sizeOfBatch([sizedRecord(message, 0)]);
}

function sizedRecord(message: MessageToEncode, index: number): SizedRecord {
  invariant(message.timestamp === undefined, 'a record has the time at which it is sent');
  const headers: Bytes[] = [];
  for (const name in message.headers) {
    const given = message.headers[name] as Bytes | readonly Bytes[];
    if (Array.isArray(given)) for (const one of given as readonly Bytes[]) headers.push(name, one);
    else headers.push(name, given as Bytes);
  }
  // One byte for attributes, of which none is in use, one for the time after the batch's.
  let size = 1 + 1 + sizeOfVarint(index) + sizeOfVarint(headers.length / 2);
  size += sizeWithLength(message.key ?? null) + sizeWithLength(message.value);
  for (const part of headers) size += sizeWithLength(part);
  return { message, headers, size };
}

function sizeOfBatch(records: readonly SizedRecord[]): number {
  let size = BEFORE_LENGTH + BATCH_HEAD;
  for (const record of records) size += sizeOfVarint(record.size) + record.size;
  return size;
}

interface Batch {
  readonly records: readonly SizedRecord[];
  readonly bytes: number;
  readonly firstSequence: number;
  readonly nowMs: number;
  readonly state: ProducerState;
}

function writeBatch(writer: ByteWriter, batch: Batch): void {
  const { records, bytes, firstSequence, nowMs, state } = batch;
  const startsAt = writer.at;
  const now = BigInt(nowMs);
  writer.int64(0n).int32(bytes - BEFORE_LENGTH);
  // The leader's epoch and the checksum: the one is not known, the other not yet.
  writer.int32(0).int8(BATCH_FORMAT).int32(0);
  writer.int16(state.transactionalId ? TRANSACTIONAL : 0).int32(records.length - 1);
  writer.int64(now).int64(now).int64(toBigInt(state.producerId));
  writer
    .int16(state.producerEpoch ?? 0)
    .int32(firstSequence)
    .int32(records.length);
  records.forEach((record, index) => writeRecord(writer, record, index));
  const { buffer, at } = writer;
  const summedFrom = startsAt + BEFORE_LENGTH + BEFORE_SUMMED;
  buffer.writeUInt32BE(crc32c(buffer.subarray(summedFrom, at)), summedFrom - 4);
}

function writeRecord(writer: ByteWriter, { message, headers, size }: SizedRecord, index: number) {
  writer.varint(size).int8(0).varint(0).varint(index);
  writer.bytes(message.key ?? null).bytes(message.value);
  writer.varint(headers.length / 2);
  for (const part of headers) writer.bytes(part);
}

function toBigInt(id: unknown): bigint {
  return id === undefined ? NO_PRODUCER : BigInt(String(id));
}
