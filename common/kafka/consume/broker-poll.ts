import { pause } from '../../base/retry.ts';
import { BrokerUnavailableError, messageOf } from '../../base/errors.ts';
import { sendRequest } from '../client/broker-connections.ts';
import { isConnectionFailure } from '../error-type.ts';
import type { BrokerConnections } from '../client/broker-connections.ts';
import { FailureRow } from './failure-row.ts';
import type { Broker, BrokerAddress } from '../internal-cluster.ts';
import type { FetchedPartition, LogCursor } from './log-cursor.ts';
import { isTransient } from '../client/retry-transient.ts';
import { READ_COMMITTED } from '../admin/topic-partitions.ts';

interface Deps {
  readonly address: BrokerAddress;
  readonly connections: BrokerConnections;
  /** Returns the cursors of the partitions that this broker leads. */
  readonly cursors: () => readonly LogCursor[];
  /** Called after an answer has been taken. */
  readonly onTaken: () => void;
  /** A partition has another leader, or the broker cannot be reached. */
  readonly onMoved: () => void;
  readonly onOutOfRange: (cursor: LogCursor) => Promise<void>;
  readonly onFatal: (cursor: LogCursor, error: unknown) => void;
}

interface FetchAnswer {
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly FetchedPartition[];
  }[];
}

/** The wait is shorter than kafkajs' request timeout, by enough for a busy broker. */
const WAIT_MS_MAX = 5_000;
/**
 * The first wait after a change is short, because further changes often follow, as at a start: a
 * request that waits long would then be given up.
 */
const WAIT_MS_MIN = 100;
const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 1_000;
const BYTES_MAX = 4 * 1024 ** 2;
const PARTITION_BYTES_MAX = 512 * 1024;
/** A lane of its own: a broker handles the requests of a connection one after the other. */
const LANE = 1;

/** A request that is under way. */
interface Asking {
  readonly broker: Broker;
  readonly waitMs: number;
  /** Requested offsets, keyed by `topic/partition`. */
  readonly offsets: ReadonlyMap<string, number>;
}

/** Fetches from one broker, over and over, for as long as it leads something that is followed. */
export class BrokerPoll {
  readonly ended: Promise<void>;
  private readonly deps: Deps;
  private waitMs = WAIT_MS_MIN;
  private pauseMs = PAUSE_MS_MIN;
  private asking: Asking | null = null;
  private isGivenUp = false;
  private readonly failures = new FailureRow();
  private readonly ending = new AbortController();
  /**
   * Rotates the order of partitions in requests: a full answer holds the first ones only, so each
   * partition comes to the front now and then.
   */
  private turn = 0;

  constructor(deps: Deps) {
    this.deps = deps;
    this.ended = this.run();
  }

  /** A request that may wait for long, and does not ask for all, is given up. */
  changed(): void {
    const { asking } = this;
    const isAsked = (cursor: LogCursor) => asking?.offsets.has(nameOf(cursor)) === true;
    if (this.deps.cursors().every(isAsked)) return;
    this.waitMs = WAIT_MS_MIN;
    if (asking && asking.waitMs > WAIT_MS_MIN) this.giveUp(asking);
  }

  end(): void {
    this.ending.abort();
    if (this.asking) this.giveUp(this.asking);
  }

  private giveUp({ broker }: Asking): void {
    this.isGivenUp = true;
    this.deps.connections.abandon(broker);
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    // The creator of this poll holds it by then.
    await Promise.resolve();
    while (!signal.aborted) {
      const cursors = this.deps.cursors();
      if (cursors.length === 0) return;
      const nowMs = performance.now();
      const free = cursors.filter(({ heldUntilMs }) => heldUntilMs <= nowMs);
      if (free.length === 0) await pause(PAUSE_MS_MIN, signal);
      else await this.fetch(free, free.length < cursors.length ? WAIT_MS_MIN : this.waitMs);
    }
  }

  private async fetch(cursors: readonly LogCursor[], waitMs: number): Promise<void> {
    const { connections, address, onMoved } = this.deps;
    try {
      const broker = await connections.at(address, LANE);
      if (this.ending.signal.aborted) return;
      const offsets = new Map(cursors.map((one) => [nameOf(one), one.position as number]));
      this.asking = { broker, waitMs, offsets };
      const answer = await connections.with(broker, (one) =>
        sendRequest<FetchAnswer>(one, 'Fetch', this.request(cursors, waitMs)),
      );
      this.asking = null;
      this.pauseMs = PAUSE_MS_MIN;
      this.failures.end();
      this.waitMs = Math.min(WAIT_MS_MAX, waitMs * 2);
      await this.take(answer, cursors, offsets);
    } catch (error) {
      this.asking = null;
      const wasGivenUp = this.isGivenUp;
      this.isGivenUp = false;
      if (wasGivenUp) return;
      this.failed(cursors, error);
      // The broker cannot be reached: others may lead its partitions by now.
      onMoved();
      await pause(this.pauseMs, this.ending.signal);
      this.pauseMs = Math.min(PAUSE_MS_MAX, this.pauseMs * 2);
    }
  }

  private failed(cursors: readonly LogCursor[], error: unknown): void {
    const how = this.failures.add(isPassing(error), performance.now());
    const { host, port } = this.deps.address;
    const { logger } = (cursors[0] as LogCursor).follow;
    const said = { err: messageOf(error), broker: `${host}:${port}` };
    if (how === 'first') logger.warn(said, 'log-poll.fetch-failed');
    // The failure lasts, such as a right that was taken away, or an answer that cannot be read.
    if (how === 'lasting') for (const cursor of cursors) this.deps.onFatal(cursor, error);
  }

  private request(cursors: readonly LogCursor[], maxWaitTime: number): object {
    this.turn = (this.turn + 1) % cursors.length;
    const inTurn = [...cursors.slice(this.turn), ...cursors.slice(0, this.turn)];
    const topics: { topic: string; partitions: object[] }[] = [];
    for (const { follow, partition, position } of inTurn) {
      const wanted = { partition, fetchOffset: String(position), maxBytes: PARTITION_BYTES_MAX };
      const last = topics.at(-1);
      if (last?.topic === follow.topic) last.partitions.push(wanted);
      else topics.push({ topic: follow.topic, partitions: [wanted] });
    }
    const how = { isolationLevel: READ_COMMITTED, minBytes: 1, maxBytes: BYTES_MAX, rackId: '' };
    return { ...how, maxWaitTime, topics };
  }

  private async take(
    { responses }: FetchAnswer,
    cursors: readonly LogCursor[],
    offsets: ReadonlyMap<string, number>,
  ): Promise<void> {
    const { onTaken, onMoved, onOutOfRange, onFatal } = this.deps;
    const byName = new Map(cursors.map((cursor) => [nameOf(cursor), cursor]));
    let isAnyMoved = false;
    for (const { topicName, partitions } of responses) {
      for (const fetched of partitions) {
        const name = `${topicName}/${fetched.partition}`;
        const cursor = byName.get(name);
        if (!cursor) continue;
        try {
          const taken = await cursor.take(fetched, offsets.get(name) ?? NaN);
          if (taken === 'moved') isAnyMoved = true;
          if (taken === 'out-of-range') await onOutOfRange(cursor);
        } catch (error) {
          if (isPassing(error)) {
            // The broker is away, or the leader moves: the next fetch says again what is wrong.
            cursor.hold();
            isAnyMoved = true;
            continue;
          }
          // The error may also be a bug of the follower; thrown here, it would end the poll for all
          // others.
          onFatal(cursor, error);
        }
      }
    }
    if (isAnyMoved) onMoved();
    onTaken();
  }
}

const nameOf = ({ follow, partition }: LogCursor) => `${follow.topic}/${partition}`;

function isPassing(error: unknown): boolean {
  const isAway = isConnectionFailure(error) || error instanceof BrokerUnavailableError;
  return isAway || isTransient(error);
}
