import { withDeadline } from '../../common/base/loaded.ts';
import type { LogRecord, Position } from '../../common/kafka/log-record.ts';
import type { PartitionReader } from '../../common/kafka/consume/partition-reader.ts';

/** How long a request waits for one record, in ms: a broker that hangs must not hold it up. */
const DEADLINE_MS = 1_000;

/**
 * Reads the record at a place.
 *
 * @returns null when the log does not have it any more
 * @throws BrokerUnavailableError also when the broker does not answer in time
 */
export async function readRecord(
  reader: Pick<PartitionReader, 'read'>,
  { topic, partition, offset }: Position,
): Promise<LogRecord | null> {
  const read = reader.read({ topic, partition, offset, maxBytes: 1 });
  const what = `the record ${offset} of ${topic}, partition ${partition}`;
  const { records } = await withDeadline(read, what, DEADLINE_MS);
  return records.find((record) => record.offset === offset) ?? null;
}
