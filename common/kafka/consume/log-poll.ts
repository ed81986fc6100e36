import { AppError, BrokerUnavailableError, messageOf } from '../../base/errors.ts';
import { pause, retryUntilDone } from '../../base/retry.ts';
import { BrokerConnections } from '../client/broker-connections.ts';
import { isConnectionFailure } from '../error-type.ts';
import { BrokerPoll } from './broker-poll.ts';
import type { KafkaConnection } from '../client/connection.ts';
import type { BrokerAddress } from '../internal-cluster.ts';
import { LogCursor } from './log-cursor.ts';
import type { Follow } from './log-cursor.ts';
import { retryTransient } from '../client/retry-transient.ts';
import {
  LogBounds,
  READ_UNCOMMITTED,
  listLogStarts,
  lookUpPartitions,
} from '../admin/topic-partitions.ts';

/** An operator may add partitions, and a leader may move without an error. */
const LOOK_UP_EVERY_MS = 10_000;
const FAILED_PAUSE_MS = 200;
/** How long a question for the end of a log is asked again while the broker is away. */
const PATIENCE_MS = 10_000;

/** Waits for positions; `isDone` looks at them. */
interface Waiter {
  readonly topic: string;
  readonly isDone: () => boolean;
  readonly settle: PromiseWithResolvers<void>;
}

/**
 * Follows topics without a group: one long request waits at each broker for all of them, so that
 * following costs next to nothing while nothing comes, and what comes is seen at once.
 */
export class LogPoll {
  private readonly connections: BrokerConnections;
  private readonly bounds: LogBounds;
  private readonly follows = new Map<string, Follow>();
  /** Cursors by `topic/partition`. */
  private readonly cursors = new Map<string, LogCursor>();
  /** Polls by address of the broker. */
  private readonly polls = new Map<string, BrokerPoll>();
  /** Topics that were not found when they were last looked up. */
  private readonly warned = new Set<string>();
  private readonly waiters = new Set<Waiter>();
  private readonly timer: NodeJS.Timeout;
  private lookingUp: Promise<void> | null = null;
  private isClosed = false;

  constructor(kafka: KafkaConnection) {
    this.connections = new BrokerConnections(kafka);
    this.bounds = new LogBounds(this.connections);
    this.timer = setInterval(() => void this.lookUpQuietly(), LOOK_UP_EVERY_MS).unref();
  }

  has(topic: string): boolean {
    return this.follows.has(topic);
  }

  get size(): number {
    return this.follows.size;
  }

  /** Resolves when it is known where to begin. @throws the topic cannot be read */
  async add(follow: Follow): Promise<void> {
    this.follows.set(follow.topic, follow);
    const until = performance.now() + PATIENCE_MS;
    const mayRetry = (error: unknown) => {
      return isConnectionFailure(error) && !this.isClosed && performance.now() <= until;
    };
    try {
      const lookUp = () => retryTransient(() => this.lookUpOne(follow.topic));
      await retryUntilDone(lookUp, { pauseMs: FAILED_PAUSE_MS, mayRetry });
    } catch (error) {
      this.remove(follow.topic);
      throw error;
    }
  }

  remove(topic: string): void {
    this.follows.delete(topic);
    for (const [name, { follow }] of this.cursors) {
      if (follow.topic === topic) this.cursors.delete(name);
    }
    const error = new AppError('broker_unavailable', `the reader of ${topic} is closed`);
    this.rejectWaiters(topic, error);
  }

  /** Resolves when all that was in a topic has been read; records of open transactions count. */
  async caughtUp(topic: string, partition?: number): Promise<void> {
    const bounds = await this.boundsOf(topic);
    const wanted = [...bounds].filter(([n]) => partition === undefined || n === partition);
    // The log's start counts as read: records before it are gone.
    const isRead = (n: number, low: number, high: number) =>
      Math.max(low, this.cursors.get(`${topic}/${n}`)?.takenTo ?? low) >= high;
    const isDone = () => wanted.every(([n, { low, high }]) => isRead(n, low, high));
    if (!this.follows.has(topic)) throw closedError(topic);
    if (isDone()) return;
    const settle = Promise.withResolvers<void>();
    this.waiters.add({ topic, isDone, settle });
    await settle.promise;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.timer);
    for (const topic of [...this.follows.keys()]) this.remove(topic);
    const polls = [...this.polls.values()];
    for (const poll of polls) poll.end();
    await Promise.all(polls.map(({ ended }) => ended));
    await this.connections.close();
  }

  private async boundsOf(topic: string) {
    const until = performance.now() + PATIENCE_MS;
    const ask = async () => (await this.bounds.of([topic], READ_UNCOMMITTED)).get(topic);
    const mayRetry = (error: unknown) => {
      if (this.isClosed || !this.follows.has(topic)) throw closedError(topic);
      if (performance.now() > until) throw unavailable(topic, error);
      return true;
    };
    const found = await retryUntilDone(ask, { pauseMs: FAILED_PAUSE_MS, mayRetry });
    return found ?? new Map<number, { low: number; high: number }>();
  }

  private async lookUpOne(topic: string): Promise<void> {
    const error = (await this.lookUp([topic])).get(topic);
    if (error) throw error;
  }

  /**
   * Finds partitions, leaders and where to begin, and has them fetched.
   *
   * @returns why by topic, where that failed: one that is gone holds up no other
   */
  private async lookUp(topics: readonly string[]): Promise<ReadonlyMap<string, Error>> {
    if (topics.length === 0) return new Map();
    const { partitions, errors } = await lookUpPartitions(this.connections, topics);
    const failed = new Map(errors);
    for (const { topic, partition, leader } of partitions) {
      const follow = this.follows.get(topic);
      if (!follow) continue;
      const name = `${topic}/${partition}`;
      const known = this.cursors.get(name);
      if (known) known.leader = leader ?? known.leader;
      else this.cursors.set(name, new LogCursor(follow, partition, leader));
    }
    const begin = (topic: string) =>
      this.begin(topic).catch((error: unknown) => failed.set(topic, error as Error));
    await Promise.all(topics.filter((topic) => !failed.has(topic)).map(begin));
    this.pollAll();
    this.checkWaiters();
    return failed;
  }

  private async begin(topicToBegin: string): Promise<void> {
    const beginning = [...this.cursors.values()].filter(
      ({ follow, position }) => follow.topic === topicToBegin && position === null,
    );
    const led = beginning.flatMap(({ follow: { topic }, partition, leader }) =>
      leader ? [{ topic, partition, leader }] : [],
    );
    if (led.length === 0) return;
    const starts = await listLogStarts(this.connections, led);
    for (const cursor of beginning) {
      const low = starts.get(`${cursor.follow.topic}/${cursor.partition}`);
      if (low !== undefined && cursor.position === null) cursor.begin(low);
    }
  }

  /** Sees to it that each partition is asked for at its leader. */
  private pollAll(): void {
    if (this.isClosed) return;
    const leaders = new Map<string, BrokerAddress>();
    for (const { leader } of this.cursors.values()) if (leader) leaders.set(nameOf(leader), leader);
    for (const [name, address] of leaders) {
      const known = this.polls.get(name);
      if (known) {
        known.changed();
        continue;
      }
      const poll = new BrokerPoll({
        ...{ address, connections: this.connections },
        cursors: () => this.fetchable(name),
        onTaken: () => this.checkWaiters(),
        onMoved: () => void this.lookUpQuietly(),
        onOutOfRange: (cursor) => this.moveInto(cursor),
        onFatal: (cursor, error) => this.failed(cursor, error),
      });
      this.polls.set(name, poll);
      void poll.ended.then(() => this.polls.get(name) === poll && this.polls.delete(name));
    }
  }

  private fetchable(address: string): readonly LogCursor[] {
    return [...this.cursors.values()].filter(
      ({ leader, position }) => position !== null && leader && nameOf(leader) === address,
    );
  }

  private async moveInto(cursor: LogCursor): Promise<void> {
    const { topic } = cursor.follow;
    const bounds = (await this.bounds.of([topic], READ_UNCOMMITTED)).get(topic);
    const found = bounds?.get(cursor.partition);
    if (found) await cursor.moveInto(found);
  }

  private failed({ follow }: LogCursor, error: unknown): void {
    if (this.follows.get(follow.topic) !== follow) return;
    this.remove(follow.topic);
    follow.onFatal(error);
  }

  /** Looks all topics up; one that is asked for while another is under way is that one. */
  private lookUpQuietly(): Promise<void> {
    this.lookingUp ??= this.lookUp([...this.follows.keys()])
      .then((failed) => this.warn(failed))
      .catch(async (error: unknown) => {
        const [follow] = this.follows.values();
        follow?.logger.debug({ err: messageOf(error) }, 'log-poll.not-looked-up');
        await pause(FAILED_PAUSE_MS);
      })
      .finally(() => (this.lookingUp = null));
    return this.lookingUp;
  }

  /** Warns once for each missing topic, until the topic is found again. */
  private warn(failed: ReadonlyMap<string, Error>): void {
    for (const { topic, logger } of this.follows.values()) {
      const error = failed.get(topic);
      if (!error) this.warned.delete(topic);
      else if (!this.warned.has(topic)) {
        this.warned.add(topic);
        logger.warn({ topic, err: messageOf(error) }, 'log-poll.topic-not-found');
      }
    }
  }

  private checkWaiters(): void {
    for (const waiter of this.waiters) {
      if (!waiter.isDone()) continue;
      this.waiters.delete(waiter);
      waiter.settle.resolve();
    }
  }

  private rejectWaiters(topic: string, error: Error): void {
    for (const waiter of this.waiters) {
      if (waiter.topic !== topic) continue;
      this.waiters.delete(waiter);
      waiter.settle.reject(error);
    }
  }
}

const nameOf = ({ host, port }: BrokerAddress) => `${host}:${port}`;

const closedError = (topic: string) =>
  new AppError('broker_unavailable', `the reader of ${topic} is closed`);

const unavailable = (topic: string, error: unknown) =>
  new BrokerUnavailableError(`The end of ${topic} is not known: ${messageOf(error)}`, error);
