import type { Subscription } from '../../common/subscription.ts';
import { openHeaders, unseal } from '../../common/secrets.ts';
import type { SealingKey } from '../../common/secrets.ts';
import { signingKeys } from '../../common/signature.ts';
import type { EndpointSettings } from './endpoint.ts';

/** What holds for every subscription that says nothing else. */
export interface Defaults {
  readonly isKeyOrdered: boolean;
  /** Opens what SECRET_KEY sealed; null when it is not set. */
  readonly sealingKey: SealingKey | null;
}

/**
 * What a subscription asks of its endpoint.
 *
 * @throws AppError secret_invalid
 * @throws TypeError  the target is no URL
 */
export function settingsOf(
  subscription: Subscription,
  { isKeyOrdered, sealingKey }: Defaults,
): EndpointSettings {
  const { id, targetUrl, state, ordering, rateLimit, signatures } = subscription;
  return {
    id,
    ...targetOf(targetUrl),
    keys: subscription.secrets.map(({ text, expiresAt }) => ({
      keys: signingKeys([unseal(text, sealingKey, id)], signatures),
      untilMs: expiresAt ?? Infinity,
    })),
    headers: Object.entries(openHeaders(subscription, sealingKey)).flat(),
    state,
    isKeyOrdered: ordering === null ? isKeyOrdered : ordering === 'key',
    ratePerSecond: rateLimit,
  };
}

/** @throws TypeError  no URL */
export function targetOf(url: string): Pick<EndpointSettings, 'origin' | 'path'> {
  const { origin, pathname, search } = new URL(url);
  return { origin, path: pathname + search };
}
