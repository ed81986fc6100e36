import { z } from 'zod';

const share = z.number().min(0).max(1);
const count = z.int().min(1);
const time = z.number().min(0);

const EndpointModel = z.strictObject({
  /** Part of the deliveries that go there; those of all endpoints make 1. */
  share,
  /** Mean time to the answer. */
  answerMs: time,
  /** `fixed`: each takes as long; `exponential`: some take many times the mean. */
  answers: z.enum(['fixed', 'exponential']),
  /** Part of the attempts that are refused. */
  failureShare: share,
  /** Limit of the whole fleet; null: none. */
  ratePerSecond: z.number().positive().nullable(),
});
export type EndpointModel = Readonly<z.infer<typeof EndpointModel>>;

/** Measured costs; `npm run simulate -- --measure` finds those of a machine. */
const Costs = z.strictObject({
  /** Time of a consumer's thread for one attempt that is accepted. */
  attemptMicros: time,
  /** Time of the same thread that a refused attempt takes more: its record in a retry topic. */
  refusalMicros: time,
  /** From the acknowledgement of Kafka until a consumer has the record. */
  fetchMs: time,
});
export type Costs = Readonly<z.infer<typeof Costs>>;

/** The figures of a system that the simulator needs. */
export const Scenario = z.strictObject({
  name: z.string(),
  /** The same seed gives the same run. */
  seed: z.int().min(0),
  partitions: count,
  consumers: count,
  /** CONCURRENCY: requests in flight, each consumer. */
  concurrency: count,
  ordering: z.enum(['none', 'key']),
  deliveries: count.max(10_000_000),
  /** null: all of them wait in the log at the start. */
  arrivalsPerSecond: z.number().positive().nullable(),
  users: count,
  /** Part of the deliveries that are for one and the same user. */
  hotUserShare: share,
  /** Waits between attempts; with none left a delivery is dead. */
  retryDelaysMs: z.array(time),
  endpoints: z
    .array(EndpointModel)
    .min(1)
    .refine(
      (all) => Math.abs(all.reduce((sum, one) => sum + one.share, 0) - 1) < 1e-6,
      'allowed: shares that make 1 together',
    ),
  costs: Costs,
});
export type Scenario = Readonly<z.infer<typeof Scenario>>;

/** The result of a run. */
export interface SimulationResult {
  /** Until the last delivery was accepted or dead. */
  readonly seconds: number;
  /** Deliveries a second while measured: without the beginning and the end. */
  readonly perSecond: number;
  readonly delivered: number;
  readonly dead: number;
  readonly attempts: number;
  /** From the acknowledgement to the accepted answer; NaN: none was accepted. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How long an attempt waits for the thread, a place, a rate or its turn. */
  readonly waitP99Ms: number;
  /** How much each possible bound was used meanwhile; of the busiest consumer or endpoint. */
  readonly used: Readonly<Record<Bound, number>>;
  /** The cause of its speed; `arrivals`: it kept up with all that came. */
  readonly bound: Bound | 'arrivals';
}

/** Causes before their effects: with a busy thread all places are taken too. */
export const BOUNDS = ['processor', 'rate limit', 'order of a user', 'places'] as const;
export type Bound = (typeof BOUNDS)[number];

/** From so much use on, a thing is what bounds the speed. */
const BOUND_FROM = 0.9;

/** Names what holds a system up: the first cause that is used nearly all the time. */
export function boundOf(used: SimulationResult['used']): SimulationResult['bound'] {
  return BOUNDS.find((bound) => used[bound] >= BOUND_FROM) ?? 'arrivals';
}
