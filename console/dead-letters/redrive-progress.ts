import { AppError } from '../../common/base/errors.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { scanTopic } from '../../common/kafka/consume/topic-scan.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import { parseRanges } from '../republish/offset-ranges.ts';
import type { OffsetRanges } from '../republish/offset-ranges.ts';

/**
 * Reads which dead letters have been put back, by partition. Call it after fencing: then the writes
 * of an older redrive are either in the answer or aborted.
 *
 * @throws AppError message_malformed  a state is damaged: to guess would repeat deliveries
 */
export async function loadRedriven(deps: {
  readonly kafka: KafkaConnection;
  readonly topic: string;
  readonly logger: Logger;
}): Promise<Map<number, OffsetRanges>> {
  const redriven = new Map<number, OffsetRanges>();
  for await (const { partition, records } of scanTopic(deps)) {
    const newest = records.at(-1);
    if (!newest) continue;
    const ranges = parseRanges(String(newest.value));
    if (!ranges) {
      const { topic, offset } = newest;
      const where = `${topic}, partition ${partition}, offset ${offset}`;
      throw new AppError('message_malformed', `The state of redrives is damaged: ${where}`);
    }
    redriven.set(partition, ranges);
  }
  return redriven;
}

/** The state of one partition of the dead letters; it lies in the partition of the same number. */
export function redrivenRecord(
  topic: string,
  partition: number,
  ranges: OffsetRanges,
): OutgoingRecord {
  const value = JSON.stringify(ranges);
  return { topic, partition, key: String(partition), value, headers: {} };
}
