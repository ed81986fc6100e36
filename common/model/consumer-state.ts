import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import { TRIGGERS } from './trigger.ts';

/** Kinds of alarm; docs/operations.md has a section for each. */
export const ALARM_KINDS = [
  'commits-failing',
  'offset-map-cut',
  'key-stuck',
  'partition-stalled',
  'partition-unreadable',
  'batch-undecodable',
  'record-too-large',
  'partitions-followed',
  'offsets-gone',
  'topic-made-again',
  'records-lost',
  'cursors-gone',
  'endpoint-behind',
  'retention-near',
  'source-unreadable',
  'schema-unavailable',
] as const;

/**
 * A condition that keeps a consumer from doing its work, reported to people and to readiness
 * checks.
 */
const Alarm = z.object({
  kind: z.enum(ALARM_KINDS),
  detail: z.string(),
});
export type Alarm = Readonly<z.infer<typeof Alarm>>;

/** Alarms of something that has happened and holds up nothing: the system still is ready. */
export const PASSING_ALARMS: ReadonlySet<Alarm['kind']> = new Set([
  'batch-undecodable',
  'partitions-followed',
  'topic-made-again',
  'records-lost',
  'cursors-gone',
  'endpoint-behind',
  'retention-near',
  'source-unreadable',
]);

/**
 * Why an endpoint pauses: its target has asked for it with a 429 or a 503, or the proxy or the
 * token server that it depends on fails.
 */
export const RESTING_REASONS = ['retry-after', 'proxy', 'token-server'] as const;
export type RestingReason = (typeof RESTING_REASONS)[number];

const EndpointReport = z.object({
  /** null: the default endpoint. */
  subscription: z.string().nullable(),
  state: z.enum(['open', 'paused', 'circuit-open', 'disabled', 'deleted']),
  /** A person has paused or disabled it; absent: nobody has. */
  isStopped: z.boolean().optional(),
  /** Deliveries a second that this consumer may send; null: no limit. */
  ratePerSecond: z.number().nullable(),
  /** End of its pause, ms since 1970; null: none. */
  restingUntil: z.number().nullable().default(null),
  /** Also while one request tries whether it is over. A later version may know more reasons. */
  restingReason: z.enum(RESTING_REASONS).nullable().catch(null),
  inFlight: z.int(),
  waiting: z.int(),
});
export type EndpointReport = Readonly<z.infer<typeof EndpointReport>>;

const InFlightReport = z.object({
  id: z.string(),
  /** The record's key: the user id, else the subscription id. */
  key: z.string(),
  /** null: the default endpoint. */
  subscription: z.string().nullable(),
  eventType: z.string().nullable(),
  /** 1-based. */
  attempt: z.int(),
  /** Why the record is a copy of an earlier one; null: it is as it was accepted. */
  trigger: z.enum(TRIGGERS).nullable().default(null).catch(null),
  /** When the request began, ms since 1970. */
  since: z.int(),
  /** The record that is being delivered. */
  topic: z.string(),
  partition: z.int(),
  offset: z.int(),
});
export type InFlightReport = Readonly<z.infer<typeof InFlightReport>>;

/** Parts in words of a later version are left out, and the rest of the state is read. */
const listOf = <Schema extends z.ZodType>(one: Schema) =>
  z.array(z.unknown()).transform((all) =>
    all.flatMap((value) => {
      const parsed = one.safeParse(value);
      return parsed.success ? [parsed.data] : [];
    }),
  );

/** State that a consumer publishes in a compacted topic under its client id. */
export const ConsumerState = z.object({
  clientId: z.string(),
  alarms: listOf(Alarm),
  /** Requests that may be under way at most; 0: not known. */
  places: z.int().default(0),
  /**
   * Events that the filters of subscriptions have left out since this consumer began, by
   * subscription: at most 1,000.
   */
  filteredOut: z.record(z.string(), z.int()).default({}),
  /** Endpoints with something to do, at most 100. */
  endpoints: listOf(EndpointReport),
  /**
   * Requests that have been under way for a while, the oldest first, at most 100: most others have
   * ended before anybody could read of them.
   */
  inFlight: listOf(InFlightReport).default([]),
});
export type ConsumerState = Readonly<z.infer<typeof ConsumerState>>;

/** Reads a record's value; null when it is none of ours. */
export function parseConsumerState(text: string): ConsumerState | null {
  return parseJson(ConsumerState, text);
}
