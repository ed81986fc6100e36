import type { Config } from '../config/config.ts';
import type { DefaultEndpoint } from '../subscriptions/default-endpoint.ts';
import { BY_REQUEST } from '../model/subscription.ts';
import type { BodyFormat, Subscription } from '../model/subscription.ts';
import { openHeaders, openOAuth2, sealingKey, unseal } from '../security/secrets.ts';
import type { SealingKey } from '../security/secrets.ts';
import { messageKeys } from '../security/http-signature.ts';
import type { MessageKey } from '../security/http-signature.ts';
import { signingKey, signingKeys } from '../security/signature.ts';
import type { SigningKey } from '../security/signature.ts';
import type { OAuth2Settings } from './oauth2-token.ts';

/** Settings of an endpoint. Those of a subscription may change while the process runs. */
export interface EndpointSettings {
  /** Subscription id; null: the default endpoint. */
  readonly id: string | null;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path of the target, with its query. */
  readonly path: string;
  /**
   * Signing keys of each secret, newest first. They sign until `untilMs`, in ms since 1970, or
   * without end for Infinity.
   */
  readonly keys: readonly { readonly keys: readonly SigningKey[]; readonly untilMs: number }[];
  /** Keys that sign the whole message, of each secret as above; absent: none does. */
  readonly messageKeys?: readonly {
    readonly keys: readonly MessageKey[];
    readonly untilMs: number;
  }[];
  /** Further headers, names and values in turn. */
  readonly headers: readonly string[];
  readonly state: 'enabled' | 'disabled' | 'deleted';
  /** Whether a person has paused or disabled it. */
  readonly isStopped?: boolean;
  /** A rest that began before is over, ms since 1970; 0: nobody has ended one. */
  readonly resumedAtMs: number;
  /** Whether one user's deliveries go one after the other. */
  readonly isKeyOrdered: boolean;
  /** Deliveries a second of the whole fleet; null: no limit. */
  readonly ratePerSecond: number | null;
  /** Longest wait for one answer, ms; absent or null: that of all. */
  readonly timeoutMs?: number | null;
  /** Waits between attempts, ms; absent or null: those of all. */
  readonly retryScheduleMs?: readonly number[] | null;
  /** Requests under way at once from one process; absent or null: no limit of its own. */
  readonly concurrency?: number | null;
  /** How it gets access tokens; absent or null: it needs none. */
  readonly oauth2?: OAuth2Settings | null;
  /** Form of the body, and the source of CloudEvents; absent or null: bodies go as they are. */
  readonly bodyForm?: {
    readonly format: Exclude<BodyFormat, 'standard'>;
    readonly source: string;
  } | null;
}

/** Settings of every subscription that does not set its own. */
export interface Defaults {
  readonly isKeyOrdered: boolean;
  /** Opens what SECRET_KEY sealed; null when it is not set. */
  readonly sealingKey: SealingKey | null;
  /** Source of all CloudEvents. */
  readonly eventSource: string;
}

/** Returns what the configuration says for every subscription. */
export function defaultsOf(
  config: Pick<Config, 'ORDERING' | 'SECRET_KEY' | 'CLOUDEVENTS_SOURCE'>,
): Defaults {
  return {
    isKeyOrdered: config.ORDERING === 'key',
    sealingKey: sealingKey(config.SECRET_KEY),
    eventSource: config.CLOUDEVENTS_SOURCE,
  };
}

/**
 * Returns the settings of a subscription's endpoint.
 *
 * @throws AppError secret_invalid
 * @throws TypeError  the target is no http URL
 */
export function settingsOf(
  subscription: Subscription,
  { isKeyOrdered, sealingKey, eventSource: source }: Defaults,
): EndpointSettings {
  const { id, targetUrl, ordering, rateLimit, signatures, format } = subscription;
  const secrets = subscription.secrets.map(({ text, expiresAt }) => {
    return { secret: unseal(text, sealingKey, id), untilMs: expiresAt ?? Infinity };
  });
  const named = { keyId: id, versions: signatures };
  return {
    id,
    ...originAndPath(targetUrl),
    keys: secrets.map(({ secret, untilMs }) => {
      return { keys: signingKeys([secret], signatures), untilMs };
    }),
    messageKeys: secrets.flatMap(({ secret, untilMs }) => {
      const keys = messageKeys(secret, named);
      return keys.length === 0 ? [] : [{ keys, untilMs }];
    }),
    headers: Object.entries(openHeaders(subscription, sealingKey))
      // Two changes at once may have set both.
      .filter(([name]) => !subscription.oauth2 || name !== 'authorization')
      .flat(),
    state: sendingState(subscription),
    isStopped: isStoppedByPerson(subscription),
    resumedAtMs: subscription.resumedAt ?? 0,
    isKeyOrdered: ordering === null ? isKeyOrdered : ordering === 'key',
    ratePerSecond: rateLimit,
    timeoutMs: subscription.timeoutMs,
    retryScheduleMs: subscription.retryScheduleMs,
    concurrency: subscription.concurrency,
    oauth2: openOAuth2(subscription, sealingKey),
    bodyForm: format === 'standard' ? null : { format, source },
  };
}

/**
 * Returns the settings of the endpoint of WEBHOOK_URL, from the configuration and the changes made
 * by the API.
 */
export function defaultSettings(
  config: Pick<Config, 'WEBHOOK_URL' | 'WEBHOOK_SECRET' | 'ORDERING' | 'RATE_LIMIT'>,
  endpoint: DefaultEndpoint,
): EndpointSettings {
  const { WEBHOOK_SECRET: secret } = config;
  return {
    id: null,
    ...originAndPath(config.WEBHOOK_URL),
    keys: secret === '' ? [] : [{ keys: [signingKey(secret)], untilMs: Infinity }],
    messageKeys: [],
    headers: [],
    state: sendingState(endpoint),
    isStopped: isStoppedByPerson(endpoint),
    resumedAtMs: endpoint.resumedAt ?? 0,
    isKeyOrdered: config.ORDERING === 'key',
    ratePerSecond: config.RATE_LIMIT,
    timeoutMs: null,
    retryScheduleMs: null,
    concurrency: null,
    oauth2: null,
    bodyForm: null,
  };
}

/** Returns whether deliveries are sent: of a paused endpoint they wait, as of a disabled one. */
export function sendingState<State extends EndpointSettings['state']>({
  state,
  isPaused,
}: {
  readonly state: State;
  readonly isPaused?: boolean | undefined;
}): State | 'disabled' {
  return state === 'enabled' && isPaused === true ? 'disabled' : state;
}

/** Returns whether a person has paused or disabled an endpoint. */
export function isStoppedByPerson(
  endpoint: Pick<Subscription, 'state' | 'isPaused' | 'disabledReason'> | DefaultEndpoint,
): boolean {
  if (endpoint.state !== 'disabled') return sendingState(endpoint) === 'disabled';
  // The endpoint of WEBHOOK_URL is disabled by nobody else.
  return !('disabledReason' in endpoint) || endpoint.disabledReason === BY_REQUEST;
}

/** @throws TypeError  no http URL */
function originAndPath(url: string): Pick<EndpointSettings, 'origin' | 'path'> {
  const { protocol, origin, pathname, search } = new URL(url);
  if (!/^https?:$/.test(protocol)) throw new TypeError(`${protocol} is no scheme of a target`);
  return { origin, path: pathname + search };
}
