import { crc32c } from '@node-rs/crc32';
import { invariant } from '../../base/errors.ts';
import { ByteWriter, lengthOf, sizeOfVarint, sizeWithLength } from './byte-writer.ts';
import type { Bytes } from './byte-writer.ts';

/** A record as it goes into a batch; the encoder stamps the current time. */
export interface RecordToEncode {
  readonly key: Bytes;
  readonly value: Bytes;
  readonly headers: Readonly<Record<string, Bytes>>;
}

/** Numbers by which a broker recognises a batch that was already written. */
export interface BatchNumber {
  readonly producerId: bigint;
  readonly epoch: number;
  /** Sequence number of the first record in the batch; 0 to 2^31 - 1. */
  readonly sequence: number;
}

export interface BatchToEncode {
  readonly topic: string;
  readonly partition: number;
  readonly number: BatchNumber;
  readonly records: readonly RecordToEncode[];
}

export interface ProduceRequest {
  readonly correlationId: number;
  readonly clientId: string;
  /** 3 to 7: they differ in nothing but this number. */
  readonly version: number;
  readonly transactionalId: string | null;
  /** How long the leader waits for the copies of the other replicas, ms. */
  readonly timeoutMs: number;
  /** At most one batch of each partition. */
  readonly batches: readonly BatchToEncode[];
}

interface SizedRecord {
  readonly record: RecordToEncode;
  /** Names and values in turn. */
  readonly headers: readonly Bytes[];
  /** Size of the record in bytes, without its own length field. */
  readonly size: number;
}

interface SizedBatch {
  readonly partition: number;
  readonly number: BatchNumber;
  readonly records: readonly SizedRecord[];
  readonly size: number;
}

const PRODUCE = 0;
/** The answer comes once all in-sync replicas have the batch. */
const ALL = -1;
const BATCH_FORMAT = 2;
const TRANSACTIONAL = 16;
/** Size of a batch up to the end of its length field, in bytes. */
const BEFORE_LENGTH = 8 + 4;
/** Bytes of a batch from there to its first record. */
const BATCH_HEAD = 4 + 1 + 4 + 2 + 4 + 8 + 8 + 8 + 2 + 4 + 4;
/** Bytes of a batch from the end of the length field to the end of the checksum. */
const BEFORE_SUMMED = 4 + 1 + 4;

/**
 * Encodes a produce request with its head and its size before it, with batches of format 2,
 * uncompressed. It is written once into a buffer of its size: copies made up most of the cost of
 * sending many small records.
 *
 * @param nowMs the time of every record in it
 * @see https://kafka.apache.org/protocol#The_Messages_Produce
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export function encodeProduce(request: ProduceRequest, nowMs: number): Buffer {
  const { clientId, transactionalId, batches } = request;
  // A broker takes each topic once.
  const topics = Map.groupBy(batches.map(sizedBatch), ({ topic }) => topic);
  let size = 2 + 2 + 4 + 2 + lengthOf(clientId);
  size += 2 + Math.max(0, lengthOf(transactionalId)) + 2 + 4 + 4;
  for (const [topic, ofTopic] of topics) {
    size += 2 + lengthOf(topic) + 4;
    for (const one of ofTopic) size += 4 + 4 + one.size;
  }
  const writer = new ByteWriter(4 + size);
  writer.int32(size).int16(PRODUCE).int16(request.version).int32(request.correlationId);
  writer.string(clientId).string(transactionalId).int16(ALL).int32(request.timeoutMs);
  writer.int32(topics.size);
  for (const [topic, ofTopic] of topics) {
    writer.string(topic).int32(ofTopic.length);
    for (const one of ofTopic) {
      writer.int32(one.partition).int32(one.size);
      writeBatch(writer, one, { isTransactional: transactionalId !== null, nowMs });
    }
  }
  return writer.whole();
}

/** Bytes of a batch of one record, which is what a topic's `max.message.bytes` bounds. */
export function recordBatchBytes(record: RecordToEncode): number {
  return sizeOfBatch([sizedRecord(record, 0)]);
}

function sizedBatch({ topic, partition, number, records }: BatchToEncode) {
  invariant(records.length > 0, 'a batch has records');
  const sized = records.map(sizedRecord);
  return { topic, partition, number, records: sized, size: sizeOfBatch(sized) };
}

function sizedRecord(record: RecordToEncode, index: number): SizedRecord {
  const headers: Bytes[] = [];
  for (const name in record.headers) headers.push(name, record.headers[name] as Bytes);
  // One byte holds the attributes, none of which is in use, and one the time after the batch's.
  let size = 1 + 1 + sizeOfVarint(index) + sizeOfVarint(headers.length / 2);
  size += sizeWithLength(record.key) + sizeWithLength(record.value);
  for (const part of headers) size += sizeWithLength(part);
  return { record, headers, size };
}

function sizeOfBatch(records: readonly SizedRecord[]): number {
  let size = BEFORE_LENGTH + BATCH_HEAD;
  for (const record of records) size += sizeOfVarint(record.size) + record.size;
  return size;
}

function writeBatch(
  writer: ByteWriter,
  { number, records, size }: SizedBatch,
  { isTransactional, nowMs }: { isTransactional: boolean; nowMs: number },
): void {
  const startsAt = writer.at;
  const now = BigInt(nowMs);
  writer.int64(0n).int32(size - BEFORE_LENGTH);
  // The leader's epoch and the checksum: the one is not known, the other not yet.
  writer.int32(0).int8(BATCH_FORMAT).int32(0);
  writer.int16(isTransactional ? TRANSACTIONAL : 0).int32(records.length - 1);
  writer.int64(now).int64(now).int64(number.producerId);
  writer.int16(number.epoch).int32(number.sequence).int32(records.length);
  records.forEach((record, index) => writeRecord(writer, record, index));
  const { buffer, at } = writer;
  const summedFrom = startsAt + BEFORE_LENGTH + BEFORE_SUMMED;
  buffer.writeUInt32BE(crc32c(buffer.subarray(summedFrom, at)), summedFrom - 4);
}

function writeRecord(writer: ByteWriter, { record, headers, size }: SizedRecord, index: number) {
  writer.varint(size).int8(0).varint(0).varint(index);
  writer.bytes(record.key).bytes(record.value);
  writer.varint(headers.length / 2);
  for (const part of headers) writer.bytes(part);
}
