import { AppError } from '../../base/errors.ts';
import { wrapMethod } from '../internals.ts';
import { cutOff } from './connection-life.ts';
import type { Connection } from './connection-life.ts';

interface ConsumerGroup {
  maxWaitTime: number;
  /** When the coordinator has last confirmed the membership, ms since 1970. */
  lastRequest: number;
  readonly assigners: readonly object[];
  readonly cluster: {
    readonly brokerPool: {
      readonly brokers: Readonly<
        Record<string, { readonly connectionPool: { readonly pool: readonly Connection[] } }>
      >;
    };
  };
}

type Fetch = (this: ConsumerGroup, nodeId: string) => Promise<readonly unknown[]>;
type Heartbeat = (this: ConsumerGroup, options: { readonly interval: number }) => Promise<void>;

/** A fetch that waits less than this costs more than it brings. */
const WAIT_MS_MIN = 50;
/** Index of the connection for fetches among kafkajs' two connections to a broker. */
const FETCHING = 1;

const givenUp = new AppError('broker_unavailable', 'the fetch was given up');

/** How long the fetches of one consumer wait, and what ends that. */
export class FetchWait {
  /** Returns how long the next fetch waits, in ms; called before each fetch. */
  readonly waitMs: () => number;
  private group: ConsumerGroup | null = null;

  constructor(waitMs: () => number) {
    this.waitMs = waitMs;
  }

  /** Makes kafkajs' wait fit before a fetch. */
  prepare(group: ConsumerGroup): void {
    this.group = group;
    const waitMs = this.waitMs();
    const untilHeartbeatMs = group.lastRequest + waitMs - Date.now();
    group.maxWaitTime = Math.max(WAIT_MS_MIN, Math.min(waitMs, untilHeartbeatMs));
  }

  /** Ends the fetches that are waiting, with nothing. */
  interrupt(): void {
    for (const { connectionPool } of Object.values(this.group?.cluster.brokerPool.brokers ?? {})) {
      const connection = connectionPool.pool[FETCHING];
      // The broker answers what comes later on it only when the wait is over.
      if (connection?.isConnected()) cutOff(connection, givenUp);
    }
  }
}

/** Keyed by the assigner of the consumer, because nothing else of ours reaches kafkajs' inside. */
const waits = new WeakMap<object, FetchWait>();

export function setFetchWait(assigner: object, wait: FetchWait): void {
  waits.set(assigner, wait);
}

/**
 * kafkajs 2.2.4 waits as long for data as it waits to look whether a partition was resumed, and a
 * consumer that stops, or rejoins its group, waits for each of its fetches first. So it had to ask
 * all the time. Here each fetch has a wait of its own, which never goes beyond the next heartbeat,
 * as that is sent between fetches only, and which can be ended.
 */
export function fixFetchWait(): void {
  wrapMethod<Fetch>('consumer/consumerGroup', 'fetch', (fetch) => {
    return async function (nodeId) {
      waitOf(this)?.prepare(this);
      try {
        return await fetch.call(this, nodeId);
      } catch (error) {
        if (error === givenUp) return [];
        throw error;
      }
    };
  });
  wrapMethod<Heartbeat>('consumer/consumerGroup', 'heartbeat', (heartbeat) => {
    return async function (options) {
      // The clock has been set back: none would be sent until it is there again.
      if (this.lastRequest > Date.now()) this.lastRequest = 0;
      try {
        await heartbeat.call(this, options);
      } catch (error) {
        // The group is rebalancing: all fetchers of this consumer have to end first.
        waitOf(this)?.interrupt();
        throw error;
      }
    };
  });
}

function waitOf({ assigners: [assigner] }: ConsumerGroup): FetchWait | undefined {
  return assigner && waits.get(assigner);
}
