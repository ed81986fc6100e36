import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, BrokerUnavailableError, invariant, messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { KafkaConnection } from './connection.ts';
import { createProducerSlot } from './producer-slot.ts';
import type { ProducerSlot } from './producer-slot.ts';
import { isOfOneRecord, isTooLarge } from './error-type.ts';
import { SendQueue } from './send-queue.ts';
import type { Entry } from './send-queue.ts';
import { Rounds } from './rounds.ts';
import type { OutgoingRecord, Publisher } from './types.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly logger: Logger;
  /** How long a record may wait for company; 0 sends at once and gathers only while sending. */
  readonly lingerMs?: number;
  /**
   * What comes while a round is under way goes with the next one, all partitions together: fewer
   * and fuller requests for whoever has many single records. Otherwise no partition waits for
   * another, for whoever batches itself.
   */
  readonly inRounds?: boolean;
}

const SWEEP_INTERVAL_MS = 200;
const RETRY_DELAY_MS_MIN = 100;
const RETRY_DELAY_MS_MAX = 2_000;
/** Beyond this the broker is clearly not keeping up: callers with a deadline are told at once. */
const WAITING_BYTES_MAX = 128 * 1024 ** 2;
/** A broker that does not answer keeps the partitions of the others waiting so long. */
const ROUND_MS_MAX = 20;

/**
 * Gathers records into one request a partition and sees each of them acknowledged.
 *
 * kafkajs loses records when a send covers several partitions, or when two sends of one
 * partition are unresolved (docs/decisions/0003). So: one partition a send, one unresolved send
 * a partition, and a producer that failed is thrown away and its records sent again, which may
 * repeat a record but never loses one.
 */
export function createPublisher(deps: Deps): Publisher {
  return new BatchingPublisher(deps);
}

class BatchingPublisher implements Publisher {
  private readonly deps: Deps;
  private readonly slot: ProducerSlot;
  private readonly queues = new Map<string, SendQueue>();
  private readonly closing = new AbortController();
  private readonly sweeper: NodeJS.Timeout;
  private readonly rounds: Rounds | null;
  private waitingBytes = 0;

  constructor(deps: Deps) {
    this.deps = deps;
    this.rounds = deps.inRounds ? new Rounds(ROUND_MS_MAX) : null;
    this.slot = createProducerSlot(deps.kafka, deps.logger);
    this.sweeper = setInterval(() => this.sweep(), SWEEP_INTERVAL_MS).unref();
  }

  publish(record: OutgoingRecord, deadlineMs: number): Promise<void> {
    if (this.closing.signal.aborted) return Promise.reject(new BrokerUnavailableError('closed'));
    if (deadlineMs !== Infinity && this.waitingBytes > WAITING_BYTES_MAX) {
      return Promise.reject(new BrokerUnavailableError('Kafka does not keep up with the writes'));
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const bytes = sizeOf(record);
    this.waitingBytes += bytes;
    const queue = this.queueOf(record);
    queue.add({ record, bytes, expiresAtMs: Date.now() + deadlineMs, resolve, reject });
    this.start(queue);
    return promise;
  }

  async close(graceMs = 10_000): Promise<void> {
    const idle = Promise.all([...this.queues.values()].map(({ sendingLoop }) => sendingLoop));
    await Promise.race([idle, sleep(graceMs, undefined, { ref: false })]);
    this.closing.abort();
    clearInterval(this.sweeper);
    for (const queue of this.queues.values()) {
      for (const entry of queue.drain()) this.settle(entry, new BrokerUnavailableError('closing'));
    }
    await this.slot.close();
  }

  private queueOf({ topic, partition }: OutgoingRecord): SendQueue {
    const name = `${topic}/${partition}`;
    let queue = this.queues.get(name);
    if (!queue) this.queues.set(name, (queue = new SendQueue(topic, partition)));
    return queue;
  }

  private start(queue: SendQueue): void {
    if (queue.sendingLoop) return;
    const lingerMs = this.deps.lingerMs ?? 0;
    const begin = async () => {
      if (lingerMs > 0) await sleep(lingerMs);
      // Even without a linger, what is published in the same turn shares a request.
      else await Promise.resolve();
      await this.sendAll(queue);
    };
    queue.sendingLoop = begin();
  }

  /** Sends until the queue is empty; there is one such loop for each queue with work. */
  private async sendAll(queue: SendQueue): Promise<void> {
    let retryDelayMs = RETRY_DELAY_MS_MIN;
    while (queue.isReady && !this.closing.signal.aborted) {
      // Before the batch is taken, so that it grows while others are sent.
      const leave = (await this.rounds?.join()) ?? (() => {});
      const batch = this.closing.signal.aborted ? [] : queue.take();
      // All of it may have expired meanwhile.
      if (batch.length === 0) {
        leave();
        continue;
      }
      try {
        await this.slot.send(queue.topic, queue.partition, batch).finally(leave);
        queue.acknowledged();
        for (const entry of batch) this.settle(entry);
        retryDelayMs = RETRY_DELAY_MS_MIN;
      } catch (error) {
        if (isOfOneRecord(error)) {
          const refused = queue.refused();
          if (refused) this.settle(refused, refusal(refused.record, error));
          continue;
        }
        this.deps.logger.warn({ err: messageOf(error), topic: queue.topic }, 'publish.failed');
        queue.lastError = messageOf(error);
        queue.putBack();
        await sleep(retryDelayMs, undefined, { signal: this.closing.signal }).catch(() => {});
        retryDelayMs = Math.min(RETRY_DELAY_MS_MAX, retryDelayMs * 2);
      }
    }
    // In the same turn as the last look at the queue: what comes after it starts a new loop.
    queue.sendingLoop = null;
  }

  private settle(entry: Entry, error?: Error): void {
    this.waitingBytes -= entry.bytes;
    if (error) entry.reject(error);
    else entry.resolve();
  }

  private sweep(): void {
    const nowMs = Date.now();
    for (const [name, queue] of this.queues) {
      for (const entry of queue.expire(nowMs)) this.settle(entry, tookTooLong(entry.record, queue));
      // A batch under way may outlast the deadline of its records; their callers are told in time.
      for (const entry of queue.overdue(nowMs)) entry.reject(tookTooLong(entry.record, queue));
      if (queue.isEmpty) this.queues.delete(name);
    }
  }
}

/** Says why, such as an operator's rights or settings that do not let the record in. */
function tookTooLong({ topic }: OutgoingRecord, { lastError }: SendQueue): BrokerUnavailableError {
  const why = lastError === null ? '' : ` (${lastError})`;
  return new BrokerUnavailableError(`Kafka did not acknowledge a record of ${topic} in time${why}`);
}

function refusal(record: OutgoingRecord, cause: unknown): AppError {
  if (!isTooLarge(cause)) {
    const why = `Kafka refuses a record of ${record.topic}, by the topic's settings`;
    return new BrokerUnavailableError(`${why}: ${messageOf(cause)}`, cause);
  }
  const bytes = sizeOf(record);
  return new AppError(
    'message_too_large',
    `a record of ${bytes} bytes is larger than topic ${record.topic} takes (max.message.bytes)`,
    { cause },
  );
}

/** About what the record takes in a batch: enough to bound batches and memory. */
function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = 70 + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) {
    const text = headers[name];
    invariant(text !== undefined, 'a header without a value');
    bytes += name.length + text.length;
  }
  return bytes;
}
