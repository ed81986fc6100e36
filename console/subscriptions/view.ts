import { openSecrets } from '../../common/secrets.ts';
import type { SealingKey } from '../../common/secrets.ts';
import { ed25519Key, publicKeyText } from '../../common/signature.ts';
import type { Subscription } from '../../common/subscription.ts';

/** A subscription as the API shows it: no secret, and of headers the names alone. */
export function subscriptionView(
  subscription: Subscription,
  sealingKey: SealingKey | null,
  nowMs: number,
) {
  const { id, targetUrl, eventTypes, rateLimit, ordering, description } = subscription;
  const expiring = subscription.secrets.flatMap(({ expiresAt }) => expiresAt ?? []);
  const previousUntil = Math.max(0, ...expiring);
  return {
    id,
    target_url: targetUrl,
    event_types: eventTypes,
    rate_limit: rateLimit,
    ordering,
    headers: Object.fromEntries(
      Object.keys(subscription.headers).map((name) => [name, '(hidden)']),
    ),
    description,
    enabled: subscription.state === 'enabled',
    disabled_reason: subscription.disabledReason,
    failing_since: subscription.failing && isoTime(subscription.failing.since),
    signatures: subscription.signatures,
    public_keys: publicKeys(subscription, sealingKey, nowMs),
    previous_secret_valid_until: previousUntil > nowMs ? isoTime(previousUntil) : null,
    created_at: isoTime(subscription.createdAt),
    updated_at: isoTime(subscription.updatedAt),
  };
}

export type SubscriptionView = ReturnType<typeof subscriptionView>;

/** Of `v1a`, newest first; none while a secret cannot be read, for that must not hide the rest. */
function publicKeys(
  subscription: Subscription,
  sealingKey: SealingKey | null,
  nowMs: number,
): readonly string[] {
  if (!subscription.signatures.includes('v1a')) return [];
  try {
    const secrets = openSecrets(subscription, sealingKey, nowMs);
    return secrets.map((secret) => publicKeyText(ed25519Key(secret)));
  } catch {
    return [];
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
