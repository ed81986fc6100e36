import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';

/**
 * Signatures of Standard Webhooks: `v1` is HMAC-SHA256 and always sent; `v1a` is Ed25519, sent
 * beside it. The others sign the whole message (RFC 9421), in headers of their own.
 */
export const SIGNATURE_VERSIONS = ['v1', 'v1a', 'rfc9421-hmac-sha256', 'rfc9421-ed25519'] as const;

/** The body of a delivery: as it was accepted, as a CloudEvent in either form, or for Slack. */
export const BODY_FORMATS = [
  'standard',
  'cloudevents-binary',
  'cloudevents-structured',
  'slack',
] as const;
export type BodyFormat = (typeof BODY_FORMATS)[number];

/** Why a subscription is disabled that a person has disabled. */
export const BY_REQUEST = 'disabled by request';

/** A signing secret as the topic keeps it. */
const StoredSecret = z.looseObject({
  /** `whsec_…`, or what it was sealed to under SECRET_KEY. */
  text: z.string(),
  /** A rotated secret still signs until then, ms since 1970; null: it stays. */
  expiresAt: z.number().nullable(),
});

/** How an endpoint gets its access tokens: by OAuth 2.0 client credentials (RFC 6749, 4.4). */
const OAuth2Client = z.looseObject({
  tokenUrl: z.string(),
  clientId: z.string(),
  /** Plain, or what it was sealed to under SECRET_KEY. */
  clientSecret: z.string(),
  /** Scopes with spaces between them; null: those that the server gives by itself. */
  scope: z.string().nullable(),
  /** Parameter `audience`, which some servers want; null: none. */
  audience: z.string().nullable(),
});
export type OAuth2Client = Readonly<z.infer<typeof OAuth2Client>>;

/** Offsets at which an endpoint's deliveries begin, by topic of first attempts and by partition. */
export const LogPlace = z.record(
  z.string(),
  z.looseObject({
    /** Kafka's id of the topic, as one of its name that is made later has other offsets. */
    topicId: z.string(),
    /** Tells a source from an earlier one of its topic; absent: no source, or nobody knew. */
    life: z.string().optional(),
    /** Keyed by partition number. */
    offsets: z.array(z.number()),
  }),
);
export type LogPlace = Readonly<z.infer<typeof LogPlace>>;

/** Id of the log that a place is in, as positions have it; '' where it is not known. */
export function logIdOf({ topicId, life = '' }: LogPlace[string]): string {
  return topicId === '' ? '' : topicId + life;
}

/**
 * A subscription as the compacted topic keeps it, under its id as key; the newest record counts.
 * Times are ms since 1970.
 */
export const Subscription = z.object({
  id: z.string(),
  targetUrl: z.string(),
  /** Exact types or `order.*`; empty: every type. */
  eventTypes: z.array(z.string()),
  /** Deliveries a second of the whole fleet; null: no limit. */
  rateLimit: z.number().nullable(),
  /** null: as ORDERING says. */
  ordering: z.enum(['none', 'key']).nullable(),
  /** Longest wait for one answer, ms; null: as DELIVERY_TIMEOUT_MS says. */
  timeoutMs: z.number().nullable().default(null),
  /** Waits between attempts, ms, entry 0 before attempt 2; null: as the settings say. */
  retryScheduleMs: z.array(z.number()).nullable().default(null),
  /** Requests under way at once from each consumer; null: as CONCURRENCY and its neighbours let. */
  concurrency: z.number().nullable().default(null),
  /** null: deliveries go without an access token. */
  oauth2: OAuth2Client.nullable().default(null),
  format: z.enum(BODY_FORMATS).default('standard'),
  /**
   * Pattern that events have to match, as JSON text, so that no number of it changes; null: all of
   * its types.
   */
  filter: z.string().nullable().default(null),
  /** Further headers of each delivery. */
  headers: z.record(z.string(), z.string()),
  description: z.string(),
  /** A deleted one stays as a record, so that what is queued for it is known to be cancelled. */
  state: z.enum(['enabled', 'disabled', 'deleted']),
  /** Somebody has paused it: nothing is sent, and what comes waits. Absent: nobody has. */
  isPaused: z.boolean().optional(),
  /** Why it is disabled, for people; null when it is not. */
  disabledReason: z.string().nullable(),
  /**
   * Period in which attempts fail and none is accepted: its start, and the time of a recent
   * failure; null: attempts are accepted.
   */
  failing: z.looseObject({ since: z.number(), lastAt: z.number() }).nullable().default(null),
  /** Why no delivery may go to its target, found out when one was to be sent; null: it may. */
  forbidden: z.string().nullable().default(null),
  /** When a person or a successful test event last ended a rest; null: never. */
  resumedAt: z.number().nullable().default(null),
  /**
   * Start of the subscription: records before this place are not delivered to it; null: all records
   * are. All records of a partition that was added since are delivered.
   */
  begins: LogPlace.nullable().default(null),
  /** Members of `SIGNATURE_VERSIONS`; others, of a later version, are kept, and not made. */
  signatures: z.array(z.string()),
  /** Newest first. */
  secrets: z.array(StoredSecret),
  createdAt: z.number(),
  updatedAt: z.number(),
});
export type Subscription = Readonly<z.infer<typeof Subscription>> & {
  /** The record says more than this version understands: it is closed, and not to be changed. */
  readonly isNotUnderstood?: true;
};

/** Members of a later version are kept, and written back with each change. */
const Stored = Subscription.loose();

const NOT_UNDERSTOOD = 'a later version of Hookline has written it, and this one does not know all';

/** A subscription without anything of its own. */
const BLANK = {
  ...{ targetUrl: '', eventTypes: [], rateLimit: null, ordering: null, timeoutMs: null },
  ...{
    retryScheduleMs: null,
    concurrency: null,
    oauth2: null,
    format: 'standard',
    filter: null,
    headers: {},
  },
  ...{ description: '', failing: null, forbidden: null, resumedAt: null, begins: null },
  ...{ signatures: [], secrets: [], createdAt: 0, updatedAt: 0 },
} as const;

/**
 * Reads a record's value. A subscription of a later version that is not understood is there, and
 * closed: its deliveries wait for a process that understands it.
 *
 * @returns null when it is no subscription
 */
export function parseSubscription(text: string): Subscription | null {
  return (parseJson(Stored, text) as Subscription | null) ?? closedSubscription(text);
}

const Identified = z.looseObject({
  id: z.string(),
  targetUrl: z.string(),
  kind: z.undefined().optional(),
});

function closedSubscription(text: string): Subscription | null {
  const found = parseJson(Identified, text);
  if (found === null) return null;
  const understood = Object.entries(Subscription.shape).flatMap(([name, member]) => {
    const parsed = member.safeParse(found[name]);
    return parsed.success ? [[name, parsed.data] as const] : [];
  });
  return {
    ...(BLANK as unknown as Subscription),
    ...Object.fromEntries(understood),
    state: found['state'] === 'deleted' ? 'deleted' : 'disabled',
    disabledReason: NOT_UNDERSTOOD,
    isNotUnderstood: true,
  };
}
