import type { RestingReason } from '../../common/model/consumer-state.ts';
/** Reasons that a queue is not delivered faster; the first that holds is named. */
export const BOUNDS = [
  'no-consumers',
  'disabled',
  'paused',
  'circuit-open',
  'resting',
  'rate-limit',
  'places',
  'consumers',
] as const;
export type Bound = (typeof BOUNDS)[number];

/** The figures of a queue: the head of the log, or an endpoint that is behind. */
export interface Queue {
  readonly waiting: number;
  /** Deliveries a second over the last minute. */
  readonly deliveredPerSecond: number;
  /** How many fewer wait each second; null: not known yet. */
  readonly drainedPerSecond: number | null;
  /** State of the endpoint; null: the head. */
  readonly state: string | null;
  /** Deliveries a second of the whole fleet; null: no limit. */
  readonly rateLimit: number | null;
  /** ms since 1970; null: it does not rest. */
  readonly restingUntilMs: number | null;
  readonly restingReason: RestingReason | null;
}

/** The figures of all consumers together. */
export interface Fleet {
  readonly consumers: number;
  readonly inFlight: number;
  /** Requests that may be under way at most; 0: not known. */
  readonly places: number;
}

export interface Forecast {
  /** null: nothing waits. */
  readonly bound: Bound | null;
  /** Advice for people who want it faster. */
  readonly advice: string;
  /** Until nothing waits; null: that is not known, or will not happen as things stand. */
  readonly secondsLeft: number | null;
}

/** From such a share on, a limit is taken for what holds a queue up. */
const IS_USED_UP = 0.85;
/** Slower than this share of what waits in a second, a queue does not become shorter. */
const STILL = 1e-6;

/** Foretells when a queue is empty if all goes on as in the last minute, and what bounds it. */
export function forecastOf(queue: Queue, fleet: Fleet, nowMs: number): Forecast {
  if (queue.waiting === 0) return { bound: null, advice: 'Nothing waits.', secondsLeft: 0 };
  const bound = boundOf(queue, fleet);
  return { bound, advice: adviceFor(bound, queue), secondsLeft: secondsLeft(bound, queue, nowMs) };
}

function boundOf({ state, rateLimit, deliveredPerSecond: rate }: Queue, fleet: Fleet): Bound {
  if (fleet.consumers === 0) return 'no-consumers';
  if (state === 'disabled' || state === 'paused' || state === 'circuit-open') return state;
  if (state === 'throttled') return 'resting';
  if (rateLimit !== null && rate >= rateLimit * IS_USED_UP) return 'rate-limit';
  const areTaken = fleet.places > 0 && fleet.inFlight >= fleet.places * IS_USED_UP;
  return areTaken ? 'places' : 'consumers';
}

function secondsLeft(bound: Bound, queue: Queue, nowMs: number): number | null {
  const { waiting, drainedPerSecond, rateLimit, restingUntilMs } = queue;
  switch (bound) {
    case 'no-consumers':
    case 'disabled':
    case 'paused':
    case 'circuit-open':
      return null;
    case 'resting': {
      // The speed before the rest says little; what the endpoint may take afterwards says more.
      if (restingUntilMs === null || rateLimit === null) break;
      return Math.ceil(Math.max(0, restingUntilMs - nowMs) / 1_000 + waiting / rateLimit);
    }
    case 'rate-limit':
    case 'places':
    case 'consumers':
      break;
  }
  if (drainedPerSecond === null || drainedPerSecond <= waiting * STILL) return null;
  return Math.ceil(waiting / drainedPerSecond);
}

const NAMES = { proxy: 'proxy', 'token-server': 'token server' } as const;

function adviceFor(bound: Bound, { drainedPerSecond, rateLimit, restingReason }: Queue): string {
  const isGrowing = drainedPerSecond !== null && drainedPerSecond < 0;
  const growth = isGrowing ? ' More comes than is delivered.' : '';
  switch (bound) {
    case 'no-consumers':
      return 'No consumer runs: start one.';
    case 'disabled':
      return 'The endpoint is disabled: enable it, from where it stopped or from a time.';
    case 'paused':
      return 'The endpoint is paused: resume it.';
    case 'circuit-open':
      return 'The target does not answer; it is tried again every few seconds.';
    case 'resting':
      return restingReason === 'proxy' || restingReason === 'token-server'
        ? `The ${NAMES[restingReason]} fails, so that the target is not reached: repair it; it is tried again soon.`
        : `The target has asked for a pause.${growth}`;
    case 'rate-limit':
      return `Its limit of ${rateLimit} a second is used up: raise it if the target bears more.${growth}`;
    case 'places':
      return `All places for requests are taken: raise CONCURRENCY, start consumers, or see why the target is slow.${growth}`;
    case 'consumers':
      return `Neither a limit nor the places hold it up: start consumers, as far as there are partitions.${growth}`;
  }
}
