import { waitAtMost } from '../../base/retry.ts';
import { AppError, BrokerUnavailableError, messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { BrokerConnections } from '../client/broker-connections.ts';
import type { KafkaConnection } from '../client/connection.ts';
import { isTooLarge } from '../error-type.ts';
import type { LineWriter, OutgoingRecord, Publisher } from '../ports.ts';
import { BatchSender } from './batch-sender.ts';
import type { ProducerId } from './batch-sender.ts';
import { GatheredLines } from './gathered-lines.ts';
import { requestProducerId } from './producer-id.ts';
import { PartitionQueue } from './partition-queue.ts';
import type { Entry } from './partition-queue.ts';
import { partitionName } from './produce-answer.ts';
import { recordBytes } from './record-bytes.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly logger: Logger;
  /**
   * How long a record may wait for others, or until there are many; 0 gathers only while a request
   * is under way.
   */
  readonly lingerMs?: number;
}

const SWEEP_INTERVAL_MS = 200;
/**
 * Bytes that wait at most: beyond that the broker is not keeping up, and callers with a deadline
 * fail at once.
 */
const WAITING_BYTES_MAX = 128 * 1024 ** 2;
/**
 * Some 300 attempts: in a busy time this bounds what a crash would repeat, and not the time.
 *
 * @see docs/decisions/0002-commit-after-completion.md
 */
const LINGERING_BYTES_MAX = 64 * 1024;

/**
 * The one place where records outside transactions are gathered, and an idempotent producer: each
 * record is written once and in the order of the calls within its partition, whatever becomes of
 * connections, leaders and answers. A record is repeated only when a broker has lost the numbers
 * of what it has written; it is never lost.
 *
 * @see docs/decisions/0003-kafkajs.md
 */
export function createPublisher(deps: Deps): Publisher & LineWriter {
  return new IdempotentPublisher(deps);
}

class IdempotentPublisher implements Publisher, LineWriter {
  private readonly logger: Logger;
  private readonly lingers: boolean;
  private readonly connections: BrokerConnections;
  private readonly sender: BatchSender;
  private readonly queues = new Map<string, PartitionQueue>();
  private readonly sweeper: NodeJS.Timeout;
  private producerId: Promise<ProducerId> | null = null;
  private isClosed = false;
  private waitingBytes = 0;
  private onIdle: (() => void) | null = null;

  constructor({ kafka, logger, lingerMs = 0 }: Deps) {
    this.logger = logger;
    this.lingers = lingerMs > 0;
    this.connections = new BrokerConnections(kafka);
    this.sender = new BatchSender({
      ...{ connections: this.connections, logger, lingerMs, transactionalId: null },
      producerId: () => this.producer(),
      onWritten: (queue) => this.settle(queue.written()),
      onRefused: (queue, error) => this.refused(queue, error),
      onRenumber: (queue, error) => this.renumber(queue, error),
      onFailed: (queue) => this.failed(queue),
    });
    this.sweeper = setInterval(() => this.sweep(), SWEEP_INTERVAL_MS).unref();
  }

  publish(record: OutgoingRecord, deadlineMs: number): Promise<void> {
    if (this.isClosed) return Promise.reject(new BrokerUnavailableError('closed'));
    if (deadlineMs !== Infinity && this.waitingBytes > WAITING_BYTES_MAX) {
      return Promise.reject(new BrokerUnavailableError('Kafka does not keep up with the writes'));
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const bytes = recordBytes(record);
    this.waitingBytes += bytes;
    const queue = this.queueOf(record.topic, record.partition);
    const expiresAtMs = Date.now() + deadlineMs;
    queue.add({ record, bytes, expiresAtMs, resolve, reject }, performance.now());
    this.offer(queue);
    return promise;
  }

  append(topic: string, partition: number, line: string): Promise<void> {
    if (this.isClosed) return Promise.reject(new BrokerUnavailableError('closed'));
    const queue = this.queueOf(topic, partition);
    let lines = queue.last;
    if (!(lines instanceof GatheredLines) || !lines.hasRoomFor(line)) {
      queue.add((lines = new GatheredLines(topic, partition)), performance.now());
      this.waitingBytes += lines.bytes;
    }
    const gathered = lines as GatheredLines;
    const before = gathered.bytes;
    gathered.add(line);
    this.waitingBytes += gathered.bytes - before;
    this.offer(queue);
    return gathered.written;
  }

  async close(graceMs = 10_000): Promise<void> {
    if (!this.isIdle) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.onIdle = resolve;
      await waitAtMost(promise, graceMs);
    }
    this.isClosed = true;
    clearInterval(this.sweeper);
    this.sender.close();
    for (const queue of this.queues.values()) {
      this.settle(queue.drain(), () => new BrokerUnavailableError('closing'));
    }
    await this.connections.close();
  }

  private offer(queue: PartitionQueue): void {
    this.sender.offer(queue);
    if (this.lingers && this.waitingBytes >= LINGERING_BYTES_MAX) this.sender.hurry();
  }

  private get isIdle(): boolean {
    return [...this.queues.values()].every(({ isEmpty }) => isEmpty);
  }

  private queueOf(topic: string, partition: number): PartitionQueue {
    const name = partitionName(topic, partition);
    let queue = this.queues.get(name);
    if (!queue) this.queues.set(name, (queue = new PartitionQueue(topic, partition)));
    return queue;
  }

  /** Any broker gives one out; it is kept for as long as the process lives. */
  private producer(): Promise<ProducerId> {
    if (this.producerId) return this.producerId;
    const requested = requestProducerId(this.connections);
    this.producerId = requested;
    requested.catch(() => (this.producerId = null));
    return requested;
  }

  private refused(queue: PartitionQueue, error: Error): void {
    const { givenUp, hasEpoch } = queue.refused();
    if (!hasEpoch) this.producerId = null;
    if (givenUp) this.settle([givenUp], () => refusal(givenUp.record, error));
  }

  private renumber(queue: PartitionQueue, error: Error): void {
    this.logger.warn({ err: messageOf(error), partition: queue.name }, 'publish.renumbered');
    if (!queue.numbers.restart()) this.producerId = null;
  }

  /** A batch that nobody waits for any more is not written later, when a caller has tried again. */
  private failed(queue: PartitionQueue): boolean {
    const { batch, numbers } = queue;
    const nowMs = Date.now();
    if (batch && !batch.isSent) queue.putBack();
    else if (batch && queue.overdue(nowMs).length === batch.entries.length) {
      // The batch may be in the log, so that a next batch under its numbers would be taken for a
      // repeat.
      if (!numbers.restart()) this.producerId = null;
      queue.putBack();
    }
    this.settle(queue.expire(nowMs), () => tookTooLong(queue));
    return true;
  }

  private settle(entries: readonly Entry[], failure?: () => Error): void {
    for (const entry of entries) {
      this.waitingBytes -= entry.bytes;
      if (failure) entry.reject(failure());
      else entry.resolve();
    }
    if (this.onIdle && this.isIdle) this.onIdle();
  }

  private sweep(): void {
    const nowMs = Date.now();
    for (const queue of this.queues.values()) {
      if (queue.isEmpty) continue;
      this.settle(queue.expire(nowMs), () => tookTooLong(queue));
      // A batch under way may outlast the deadline of its records; their callers are told in time.
      for (const entry of queue.overdue(nowMs)) entry.reject(tookTooLong(queue));
    }
  }
}

/** Says why, such as an operator's rights or settings that do not let the record in. */
function tookTooLong({ topic, lastError }: PartitionQueue): BrokerUnavailableError {
  const why = lastError === null ? '' : ` (${lastError})`;
  return new BrokerUnavailableError(`Kafka did not acknowledge a record of ${topic} in time${why}`);
}

function refusal(record: OutgoingRecord, cause: unknown): AppError {
  if (!isTooLarge(cause)) {
    const why = `Kafka refuses a record of ${record.topic}, by the topic's settings`;
    return new BrokerUnavailableError(`${why}: ${messageOf(cause)}`, cause);
  }
  const bytes = recordBytes(record);
  return new AppError(
    'message_too_large',
    `a record of ${bytes} bytes is larger than topic ${record.topic} takes (max.message.bytes)`,
    { cause },
  );
}
