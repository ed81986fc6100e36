import type { LogRecord } from '../../common/kafka/log-record.ts';
import type { PartitionReader } from '../../common/kafka/consume/partition-reader.ts';

type Reader = Pick<PartitionReader, 'read'>;

/** How to read a part of a partition. */
interface Part {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly limit: number;
}

export interface ReadPart {
  readonly records: readonly LogRecord[];
  /** Offset to read on from. */
  readonly readTo: number;
}

const READ_BYTES = 256 * 1024;
/** Compaction and transactions may leave long stretches without a record. */
const READS_MAX = 8;

/** Reads some records from an offset on. */
export async function readPart(
  reader: Reader,
  { topic, partition, offset, limit }: Part,
): Promise<ReadPart> {
  const found: LogRecord[] = [];
  let next = offset;
  for (let reads = 0; reads < READS_MAX && found.length < limit; reads += 1) {
    const at = { topic, partition, offset: next, maxBytes: READ_BYTES };
    const { records, readTo } = await reader.read(at);
    found.push(...records);
    if (readTo <= next) break;
    next = readTo;
  }
  if (found.length <= limit) return { records: found, readTo: next };
  const records = found.slice(0, limit);
  return { records, readTo: (records.at(-1) as LogRecord).offset + 1 };
}
