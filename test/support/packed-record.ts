import type { LogRecord, PackedRecord } from '../../common/kafka/log-record.ts';
import { ByteWriter, sizeWithLength } from '../../common/kafka/protocol/byte-writer.ts';

/** A record as it is fetched, in a batch of its own. */
export function packedRecord(record: LogRecord): PackedRecord {
  const { key, value, headers, offset, timestampMs, undecodable } = record;
  const texts = Object.entries(headers).flat();
  const size = [key, value, ...texts].reduce((sum, bytes) => sum + sizeWithLength(bytes), 20);
  const writer = new ByteWriter(size);
  writer
    .int8(0)
    .varint(0)
    .varint(0)
    .bytes(key)
    .bytes(value)
    .varint(texts.length / 2);
  for (const text of texts) writer.bytes(text);
  const batchContext = {
    ...{ baseOffset: offset, lastOffset: offset, producerId: '-1', inTransaction: false },
    ...{ baseTimestampMs: timestampMs, maxTimestampMs: timestampMs },
    ...{ isLogAppendTime: false, isControlBatch: false },
  };
  return {
    ...{ offset, key: null, isControlRecord: false, batchContext },
    ...{ batch: writer.buffer, start: 0, end: writer.at },
    ...(undecodable && { undecodable }),
  };
}
