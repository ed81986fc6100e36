import { crc32c } from '@node-rs/crc32';
import { compressSync } from 'snappy';
import { ByteWriter } from '../../common/kafka/protocol/byte-writer.ts';

interface BatchOptions {
  /** Number of the codec in the attributes. */
  readonly codec?: number;
  readonly compress?: (records: Buffer) => Buffer;
  /** How many records the head names, if not those that there are. */
  readonly count?: number;
  readonly lastDelta?: number;
  /** Between two offsets. */
  readonly step?: number;
  /** Added to the length that the first record says it has. */
  readonly extraLength?: number;
}

const HEAD_BYTES = 61;
const CHECKSUM_AT = 17;
const SUMMED_FROM = 21;
/** A record of these tests has no key and no headers: so much beside its value at most. */
const RECORD_BYTES = 20;

/** A record batch of format 2 as it lies in a log, with a checksum that is right. */
export function aBatch(baseOffset: number, values: readonly string[], options: BatchOptions = {}) {
  const { codec = 0, compress = (all: Buffer) => all, step = 1, extraLength = 0 } = options;
  const size = values.reduce((sum, value) => sum + value.length + RECORD_BYTES, 0);
  const records = new ByteWriter(size);
  values.forEach((value, index) => {
    const record = new ByteWriter(value.length + RECORD_BYTES);
    record
      .int8(0)
      .varint(0)
      .varint(index * step)
      .bytes(null)
      .bytes(value)
      .varint(0);
    const body = record.buffer.subarray(0, record.at);
    records.varint(body.length + (index === 0 ? extraLength : 0)).raw(body);
  });
  const payload = compress(records.buffer.subarray(0, records.at));
  const writer = new ByteWriter(HEAD_BYTES + payload.length);
  writer
    .int64(BigInt(baseOffset))
    .int32(HEAD_BYTES - 12 + payload.length)
    .int32(0);
  writer
    .int8(2)
    .int32(0)
    .int16(codec)
    .int32(options.lastDelta ?? values.length - 1);
  writer.int64(0n).int64(0n).int64(-1n).int16(-1).int32(-1);
  const batch = writer
    .int32(options.count ?? values.length)
    .raw(payload)
    .whole();
  batch.writeUInt32BE(crc32c(batch.subarray(SUMMED_FROM)), CHECKSUM_AT);
  return batch;
}

/** Snappy blocks in the frame of snappy-java, each of so many bytes before compression. */
export function xerial(bytes: Buffer, blockBytes: number): Buffer {
  const parts: Buffer[] = [
    Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1]),
  ];
  // A large input in many small blocks would take seconds.
  const step = Math.max(blockBytes, Math.ceil(bytes.length / 1_000));
  for (let at = 0; at < bytes.length; at += step) {
    const block = compressSync(bytes.subarray(at, at + step));
    const size = Buffer.alloc(4);
    size.writeInt32BE(block.length);
    parts.push(size, block);
  }
  return Buffer.concat(parts);
}
