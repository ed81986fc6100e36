import { retryUntilDone } from '../../../common/base/retry.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { ensureTopics } from '../../../common/kafka/admin/topic-admin.ts';
import { readTopic } from '../../../common/kafka/consume/follow-topic.ts';
import type { FollowedTopic } from '../../../common/kafka/consume/follow-topic.ts';
import type { LogRecord } from '../../../common/kafka/log-record.ts';
import { HEADER } from '../../../common/model/delivery.ts';
import type { DeliverySystem } from '../delivery.ts';

/** Another number than our own topics have, so that failures change their partition. */
export const SOURCE_PARTITIONS = 5;
export const SOURCE_TOPIC = 'orders';
const PAUSE_MS = 200;

/** Whether a delivery is of the source topic: such a one has no position. */
export const isOfSource = (id: string) => id.startsWith(`${SOURCE_TOPIC}-`);

/** Follows a source topic: which deliveries its records are, and for whom. */
export class SourceTopic {
  readonly name: string;
  private readonly records: LogRecord[] = [];
  private readonly reader: FollowedTopic;

  private constructor(name: string, reader: FollowedTopic, records: LogRecord[]) {
    this.name = name;
    this.reader = reader;
    this.records = records;
  }

  /** Makes the topic as somebody else would, before anything of ours runs. */
  static async make({ kafka }: DeliverySystem, name: string): Promise<SourceTopic> {
    const logger = createLogger('test', 'silent');
    await ensureTopics(kafka, [{ name, partitions: SOURCE_PARTITIONS, settings: {} }], 1, logger);
    const records: LogRecord[] = [];
    const onFatal = (error: unknown) => {
      throw error;
    };
    const onRecord = (record: LogRecord) => records.push(record);
    const reader = await readTopic({ kafka, topic: name, logger, onFatal, onRecord });
    return new SourceTopic(name, reader, records);
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  /** All that is in the topic is known; a broker that has just been started may not answer yet. */
  caughtUp(): Promise<void> {
    return retryUntilDone(() => this.reader.caughtUp(), {
      pauseMs: PAUSE_MS,
      mayRetry: () => true,
    });
  }

  /** The deliveries of all records known so far to one subscription, as records of their own. */
  deliveriesTo(subscription: string): readonly LogRecord[] {
    return this.records.map((record) => {
      const id = `${record.topic}-${record.partition}-${record.offset}-${subscription}`;
      return { ...record, headers: { [HEADER.id]: id, [HEADER.subscription]: subscription } };
    });
  }
}
