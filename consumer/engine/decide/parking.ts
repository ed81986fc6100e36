/**
 * A slow endpoint's deliveries make way when others share the log with them: what it cannot take
 * soon goes to a retry topic, so that it never fills what a process can hold.
 */
export interface Backlog {
  /** Deliveries that wait for the endpoint in this process. */
  readonly waiting: number;
  /** For how long some have been waiting without a break, ms. */
  readonly waitingMs: number;
  /** How long the last of them will wait, ms. */
  readonly expectedWaitMs: number;
  /** Endpoints as slow as this one at the moment: they share the room. */
  readonly slowEndpoints: number;
  /** When a delivery for any other endpoint was last received, ms ago. */
  readonly neighbourMs: number;
}

const WAITING_MAX = 500;
const WAITING_MIN = 20;
const WAITING_OF_ALL_SLOW = 4_000;
/** Quicker than this there is nothing to gain by a way through Kafka. */
const SLOW_MS = 10_000;
/** Its speed is not known before. */
const KNOWN_AFTER_MS = 2_000;
/** Alone, it is better to stop reading than to write everything again. */
const ALONE_AFTER_MS = 60_000;

export function isSlow({ waitingMs, expectedWaitMs }: Backlog): boolean {
  return waitingMs >= KNOWN_AFTER_MS && expectedWaitMs >= SLOW_MS;
}

/** Whether one more delivery for the endpoint should make way. */
export function shouldPark(backlog: Backlog): boolean {
  const share = Math.floor(WAITING_OF_ALL_SLOW / Math.max(1, backlog.slowEndpoints));
  const most = Math.min(WAITING_MAX, Math.max(WAITING_MIN, share));
  return backlog.waiting >= most && backlog.neighbourMs < ALONE_AFTER_MS && isSlow(backlog);
}

/** The retry topic that fits: the shortest delay that lasts until its turn, else the longest. */
export function parkingDelayMs(expectedWaitMs: number, delaysMs: readonly number[]): number | null {
  const ascending = [...delaysMs].sort((a, b) => a - b);
  return ascending.find((delayMs) => delayMs >= expectedWaitMs) ?? ascending.at(-1) ?? null;
}
