import { pause } from '../../base/retry.ts';
import { BrokerUnavailableError, invariant, messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { errorOf } from '../client/broker-connections.ts';
import { isConnectionFailure } from '../error-type.ts';
import type { BrokerConnections } from '../client/broker-connections.ts';
import type { BrokerAddress } from '../internal-cluster.ts';
import { PartitionLeaders } from '../client/partition-leaders.ts';
import { BrokerLane } from './broker-lane.ts';
import { encodeProduce } from '../protocol/encode-produce.ts';
import type { BatchNumber, BatchToEncode } from '../protocol/encode-produce.ts';
import { exchange } from './exchange.ts';
import type { Connection } from './exchange.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { decodeProduceAnswer, verdictOf } from './produce-answer.ts';

/** An id of a producer, with the epoch from which on it may be used. */
export type ProducerId = Pick<BatchNumber, 'producerId' | 'epoch'>;

interface Deps {
  readonly connections: BrokerConnections;
  readonly logger: Logger;
  readonly transactionalId: string | null;
  /** How long a batch may wait for others. */
  readonly lingerMs: number;
  /** Called for each request that needs it; has to keep it. */
  readonly producerId: () => Promise<ProducerId>;
  readonly onWritten: (queue: PartitionQueue) => void;
  /** The broker takes one of the records under no circumstances. */
  readonly onRefused: (queue: PartitionQueue, error: Error) => void;
  /** The broker expects other numbers than the batch has, which is not in the log. */
  readonly onRenumber: (queue: PartitionQueue, error: Error) => void;
  /**
   * Called before a batch is tried again.
   * @returns false when the batch is not to be tried again
   */
  readonly onFailed: (queue: PartitionQueue, error: Error) => boolean;
}

const PRODUCE = 0;
/** The newest version of the protocol that kafkajs reads and we write. */
const VERSION_MAX = 7;
/** Shorter than the connection's own, so that a broker that waits for others can say so. */
const TIMEOUT_MS = 8_000;
const RETRY_DELAY_MS_MIN = 50;
const RETRY_DELAY_MS_MAX = 2_000;

/**
 * Sends the batches of partitions to their leaders until each is in the log. A batch whose outcome
 * is unknown (a connection that ended, an answer that did not come) is sent again as it was, under
 * the same numbers, by which the leader knows what it has written already.
 */
export class BatchSender {
  private readonly deps: Deps;
  private readonly leaders: PartitionLeaders;
  /** Lanes by address of the broker. */
  private readonly lanes = new Map<string, BrokerLane>();
  private readonly closing = new AbortController();

  constructor(deps: Deps) {
    this.deps = deps;
    this.leaders = new PartitionLeaders(deps.connections);
  }

  /** Sends what waits in a queue, until it is empty. */
  offer(queue: PartitionQueue): void {
    if (queue.isOffered || this.closing.signal.aborted) return;
    queue.isOffered = true;
    const leader = this.leaders.known(queue.topic, queue.partition);
    if (leader) this.offerAt(leader, queue);
    else void this.offerToLeader(queue);
  }

  /** Sends the records that wait for others as soon as possible. */
  hurry(): void {
    for (const lane of this.lanes.values()) lane.hurry();
  }

  /** Sends nothing more; requests under way are left to themselves. */
  close(): void {
    this.closing.abort();
    for (const lane of this.lanes.values()) lane.close();
  }

  private async offerToLeader(queue: PartitionQueue): Promise<void> {
    try {
      const leader = await this.leaders.of(queue.topic, queue.partition);
      if (!this.closing.signal.aborted) this.offerAt(leader, queue);
    } catch (error) {
      this.failed([queue], error as Error);
    }
  }

  /**
   * Offers a queue to the lane of its leader. Records that came while a request was under way have
   * waited all that time, so their linger time has already begun.
   */
  private offerAt(leader: BrokerAddress, queue: PartitionQueue): void {
    this.laneOf(leader).offer(queue, queue.waitingSinceMs + this.deps.lingerMs);
  }

  private laneOf(address: BrokerAddress): BrokerLane {
    const name = `${address.host}:${address.port}`;
    let lane = this.lanes.get(name);
    if (!lane) {
      lane = new BrokerLane((queues) => this.send(address, queues));
      this.lanes.set(name, lane);
    }
    return lane;
  }

  private async send(address: BrokerAddress, queues: readonly PartitionQueue[]): Promise<void> {
    let codes: ReadonlyMap<string, number>;
    try {
      const producer = await this.deps.producerId();
      codes = await this.request(address, queues, producer);
    } catch (error) {
      // Records that wait for the same broker would only fail there as well, one request timeout
      // later.
      const further = isConnectionFailure(error) ? this.laneOf(address).empty() : [];
      return this.failed([...queues, ...further], error as Error);
    }
    if (this.closing.signal.aborted) return;
    const byCode = Map.groupBy(queues, ({ name }) => codes.get(name));
    for (const [code, ofCode] of byCode) this.answered(ofCode, code);
  }

  private async request(
    address: BrokerAddress,
    queues: readonly PartitionQueue[],
    producer: ProducerId,
  ): Promise<ReadonlyMap<string, number>> {
    const { connections, transactionalId } = this.deps;
    const batches = queues.map((queue): BatchToEncode => {
      const { topic, partition, batch } = queue;
      invariant(batch, 'a queue is sent with its batch');
      return { topic, partition, number: queue.numbers.of(producer), records: batch.records };
    });
    const broker = await connections.at(address);
    const version = Math.min(VERSION_MAX, broker.versions?.[PRODUCE]?.maxVersion ?? 0);
    const connection = (await broker.connectionPool.getConnection()) as Connection;
    const bytes = await connections.with(broker, () =>
      exchange(connection, {
        ...{ apiName: 'Produce', apiKey: PRODUCE, apiVersion: version },
        encode: (correlationId, clientId) =>
          encodeProduce(
            { correlationId, clientId, version, transactionalId, timeoutMs: TIMEOUT_MS, batches },
            Date.now(),
          ),
        onSending: () => {
          for (const { batch } of queues) if (batch) batch.isSent = true;
        },
      }),
    );
    const { codes, throttleMs } = decodeProduceAnswer(bytes, version);
    connection.requestQueue.maybeThrottle(throttleMs);
    return codes;
  }

  private answered(queues: readonly PartitionQueue[], code: number | undefined): void {
    if (code === undefined) {
      const names = queues.map(({ name }) => name).join(', ');
      return this.failed(queues, new BrokerUnavailableError(`no acknowledgement for ${names}`));
    }
    const verdict = verdictOf(code);
    if (verdict === 'again') return this.failed(queues, errorOf(code));
    for (const queue of queues) {
      if (verdict === 'renumber') {
        this.deps.onRenumber(queue, errorOf(code));
        void this.again(queue);
        continue;
      }
      if (verdict === 'written') this.deps.onWritten(queue);
      else this.deps.onRefused(queue, errorOf(code));
      this.goOn(queue);
    }
  }

  private failed(queues: readonly PartitionQueue[], error: Error): void {
    if (this.closing.signal.aborted) return;
    const topics = [...new Set(queues.map(({ topic }) => topic))];
    this.deps.logger.warn({ err: messageOf(error), topics }, 'publish.failed');
    // Other brokers may lead the topics now.
    for (const topic of topics) this.leaders.forget(topic);
    for (const queue of queues) {
      queue.lastError = messageOf(error);
      if (this.deps.onFailed(queue, error)) void this.again(queue);
    }
  }

  private async again(queue: PartitionQueue): Promise<void> {
    const delayMs = Math.min(RETRY_DELAY_MS_MAX, RETRY_DELAY_MS_MIN * 2 ** queue.failures);
    queue.failures += 1;
    await pause(delayMs, this.closing.signal);
    this.goOn(queue);
  }

  private goOn(queue: PartitionQueue): void {
    queue.isOffered = false;
    if (!queue.isEmpty) this.offer(queue);
  }
}
