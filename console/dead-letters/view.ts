import { join } from 'node:path';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { followTopic } from '../../common/kafka/consume/follow-topic.ts';
import type { FollowedTopic } from '../../common/kafka/consume/follow-topic.ts';
import type { CompactedTable, RecordBatch } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import { covers } from '../republish/offset-ranges.ts';
import type { OffsetRanges } from '../republish/offset-ranges.ts';
import { DatabaseThread } from '../threads/database-thread.ts';
import type { Promised } from '../threads/database-thread.ts';
import type { DeadLetterDatabase } from './database.ts';
import { toDeadLetter } from './dead-letter.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly topic: string;
  /** Dead letters that were put back, as offset ranges by partition number. */
  readonly redriven: Pick<CompactedTable<OffsetRanges>, 'get' | 'onChange'>;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

type Reads = Pick<DeadLetterDatabase, 'list' | 'causes' | 'redrivable'>;

/**
 * The dead letters that wait for somebody: those of the topic that were not put back. A view in a
 * database with a thread of its own, which a start reads from the log again.
 */
export class DeadLetterView {
  private readonly deps: Deps;
  private readonly thread: DatabaseThread;
  private readonly removed = new Map<string, ReadonlySet<string>>();
  private removing: Promise<void> = Promise.resolve();
  private reader: FollowedTopic | null = null;

  constructor(deps: Deps) {
    this.deps = deps;
    const { logger, onFatal } = deps;
    this.thread = new DatabaseThread({
      script: join(import.meta.dirname, 'thread.ts'),
      workerData: {},
      name: 'The dead letters',
      onFailure: (error) => logger.error({ err: error }, 'dead-letters.failed'),
      onFatal,
    });
    deps.redriven.onChange((partition, ranges) => this.remove(partition, ranges ?? []));
  }

  /** Newest first, beginning after the last one of the page before. */
  readonly list: Promised<Reads['list']> = (...args) => this.thread.read('list', args);
  /** Counts how many there are of each cause, the most frequent first. */
  readonly causes: Promised<Reads['causes']> = () => this.thread.read('causes', []);
  /** The subscriptions of those put back fewer times than that, which can be delivered at all. */
  readonly redrivable: Promised<Reads['redrivable']> = (...args) =>
    this.thread.call('redrivable', args);

  async start(): Promise<void> {
    const { kafka, topic, logger, onFatal } = this.deps;
    // A batch is in the database before the next one is fetched, so nothing piles up.
    const onBatch = (batch: RecordBatch) => this.add(batch);
    this.reader = await followTopic({ kafka, topic, logger, onFatal, onBatch });
  }

  /** Resolves when all that was in the topic at the time of the call has been read. */
  async caughtUp(): Promise<void> {
    await this.reader?.caughtUp();
    await this.removing;
  }

  async close(): Promise<void> {
    await this.reader?.close();
    await this.thread.close();
  }

  private async add({ partition, records }: RecordBatch): Promise<void> {
    // The note that one was put back may have been read before it was.
    const redriven = this.deps.redriven.get(String(partition)) ?? [];
    const rows = records.filter(({ offset }) => !covers(redriven, offset)).map(toDeadLetter);
    if (rows.length > 0) await this.thread.call('add', [rows]);
  }

  /** Ranges only grow, so those that were there before have been removed already. */
  private remove(partition: string, ranges: OffsetRanges): void {
    const before = this.removed.get(partition);
    const added = ranges.filter(([start, end]) => !before?.has(`${start}-${end}`));
    this.removed.set(partition, new Set(ranges.map((range) => range.join('-'))));
    if (added.length === 0) return;
    // A thread that ends meanwhile ends the console, or is closed with it.
    const removed = this.thread.call('remove', [Number(partition), added]);
    this.removing = removed.then(() => {}).catch(() => {});
  }
}
