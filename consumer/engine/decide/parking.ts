/**
 * A slow endpoint's deliveries make way when others may share the log with them: what it cannot
 * take soon goes to a retry topic, so that it never fills what a process can hold.
 */
export interface Backlog {
  /** For how long some have been waiting in this process without a break, ms. */
  readonly waitingMs: number;
  /** How long the last of them will wait, ms. */
  readonly expectedWaitMs: number;
  /** Alone, it is better to stop reading than to write everything again. */
  readonly hasNeighbours: boolean;
  /** Endpoints as slow as this one at the moment: they share the room. */
  readonly slowEndpoints: number;
}

const ROOM_MAX = 500;
const ROOM_MIN = 20;
const ROOM_OF_ALL_SLOW = 4_000;
/** Quicker than this there is nothing to gain by a way through Kafka. */
const SLOW_MS = 10_000;
/** Its speed is not known before. */
const KNOWN_AFTER_MS = 2_000;

export function isSlow({ waitingMs, expectedWaitMs }: Backlog): boolean {
  return waitingMs >= KNOWN_AFTER_MS && expectedWaitMs >= SLOW_MS;
}

/** How many deliveries may wait for the endpoint here; what is more should make way. */
export function roomFor(backlog: Backlog): number {
  if (!backlog.hasNeighbours || !isSlow(backlog)) return Infinity;
  const share = Math.floor(ROOM_OF_ALL_SLOW / Math.max(1, backlog.slowEndpoints));
  return Math.min(ROOM_MAX, Math.max(ROOM_MIN, share));
}

/** The retry topic that fits: the shortest delay that lasts until its turn, else the longest. */
export function parkingDelayMs(expectedWaitMs: number, delaysMs: readonly number[]): number | null {
  const ascending = [...delaysMs].sort((a, b) => a - b);
  return ascending.find((delayMs) => delayMs >= expectedWaitMs) ?? ascending.at(-1) ?? null;
}
