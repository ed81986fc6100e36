import { parseExactJson } from '../../common/filter/exact-json.ts';
import { messageOf } from '../../common/base/errors.ts';
import { openHeaders, openOAuth2, openSecrets } from '../../common/security/secrets.ts';
import type { SealingKey } from '../../common/security/secrets.ts';
import { ed25519Key, publicKeyText } from '../../common/security/signature.ts';
import { SIGNATURE_VERSIONS } from '../../common/model/subscription.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import { NO_PAUSE } from '../ledgers/endpoint-view.ts';
import type { Resting } from '../ledgers/endpoint-view.ts';
import type { SubscriptionView } from './schemas.ts';

/** Signatures that receivers verify with a public key. */
const ED25519: readonly string[] = ['v1a', 'rfc9421-ed25519'];

/** Figures of a subscription that the consumers know. */
interface FiguresOfView {
  readonly resting?: Resting;
  /** Events that its filter has left out. */
  readonly filteredOut?: number;
}

/** A subscription as the API shows it: no secret, and of headers the names alone. */
export function subscriptionView(
  subscription: Subscription,
  sealingKey: SealingKey | null,
  nowMs: number,
  { resting = NO_PAUSE, filteredOut = 0 }: FiguresOfView = {},
): SubscriptionView {
  const { id, targetUrl, eventTypes, rateLimit, ordering, description } = subscription;
  const expiring = subscription.secrets.flatMap(({ expiresAt }) => expiresAt ?? []);
  const { secrets, unusableReason } = opened(subscription, sealingKey, nowMs);
  const previousUntil = Math.max(0, ...expiring);
  return {
    id,
    target_url: targetUrl,
    event_types: [...eventTypes],
    rate_limit: rateLimit,
    ordering,
    timeout_ms: subscription.timeoutMs,
    retry_schedule_ms: subscription.retryScheduleMs && [...subscription.retryScheduleMs],
    concurrency: subscription.concurrency,
    oauth2: clientView(subscription),
    format: subscription.format,
    filter: patternOf(subscription),
    filtered_out: filteredOut,
    headers: Object.fromEntries(
      Object.keys(subscription.headers).map((name) => [name, '(hidden)']),
    ),
    description,
    enabled: subscription.state === 'enabled',
    paused: subscription.isPaused === true,
    disabled_reason: subscription.disabledReason,
    failing_since: subscription.failing && isoTime(subscription.failing.since),
    unusable_reason: unusableReason,
    target_forbidden: subscription.forbidden,
    ...resting,
    signatures: SIGNATURE_VERSIONS.filter((one) => subscription.signatures.includes(one)),
    public_keys: subscription.signatures.some((one) => ED25519.includes(one))
      ? secrets.map((secret) => publicKeyText(ed25519Key(secret)))
      : [],
    previous_secret_valid_until: previousUntil > nowMs ? isoTime(previousUntil) : null,
    created_at: isoTime(subscription.createdAt),
    updated_at: isoTime(subscription.updatedAt),
  };
}

/**
 * Returns the secrets of a subscription, newest first; or why they cannot be read, by the consumers
 * either, so that nothing is delivered.
 */
function opened(
  subscription: Subscription,
  sealingKey: SealingKey | null,
  nowMs: number,
): { secrets: readonly string[]; unusableReason: string | null } {
  try {
    openHeaders(subscription, sealingKey);
    openOAuth2(subscription, sealingKey);
    return { secrets: openSecrets(subscription, sealingKey, nowMs), unusableReason: null };
  } catch (error) {
    return { secrets: [], unusableReason: messageOf(error) };
  }
}

/** Its client of OAuth 2.0, without the secret. */
function clientView({ oauth2 }: Subscription): SubscriptionView['oauth2'] {
  if (oauth2 === null) return null;
  const { tokenUrl, clientId, scope, audience } = oauth2;
  return { token_url: tokenUrl, client_id: clientId, scope, audience };
}

/** The pattern of its filter; numbers of it are written as they came. */
function patternOf({ filter }: Subscription): Record<string, unknown> | null {
  return filter === null ? null : (parseExactJson(filter) as Record<string, unknown>);
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
