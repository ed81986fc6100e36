import type { Logger } from '../../common/base/logger.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import type { SealingKey } from '../../common/security/secrets.ts';
import type { TargetGuard } from '../../common/security/target-guard.ts';
import type { Defaults, EndpointSettings } from '../../common/send/endpoint-settings.ts';
import type { SendRequest, SendResult } from '../../common/send/send-request.ts';
import type { SubscriptionStore } from '../../common/subscriptions/subscription-store.ts';
import type { Resting } from '../ledgers/endpoint-view.ts';
import type { SettingLimits } from './checked-body.ts';
import type { DefaultEndpointSwitch } from './default-endpoint-switch.ts';
import type { LogPlaces } from './log-places.ts';
import type { SubscriptionView } from './schemas.ts';
import { subscriptionView } from './view.ts';

/** Parts that the routes of subscriptions need. */
export interface SubscriptionDeps {
  readonly store: SubscriptionStore;
  readonly places: LogPlaces;
  /** Sends guarded as deliveries are, with an access token where the settings want one. */
  readonly send: (request: SendRequest, settings: EndpointSettings) => Promise<SendResult>;
  /** Returns the pause of a target, as the consumers report it. */
  readonly restingOf: (id: string) => Resting;
  /** Returns how many events the filter of a subscription has left out. */
  readonly filteredOut: (id: string) => number;
  readonly defaultEndpoint: DefaultEndpointSwitch;
  readonly sealingKey: SealingKey | null;
  /** Settings of every subscription that does not set its own. */
  readonly defaults: Defaults;
  readonly guard: TargetGuard;
  readonly limits: SettingLimits;
  readonly logger: Logger;
}

/** A subscription for the API, as it is now. */
export function viewNow(
  subscription: Subscription,
  {
    sealingKey,
    restingOf,
    filteredOut,
  }: Pick<SubscriptionDeps, 'sealingKey' | 'restingOf' | 'filteredOut'>,
): SubscriptionView {
  const { id } = subscription;
  const figures = { resting: restingOf(id), filteredOut: filteredOut(id) };
  return subscriptionView(subscription, sealingKey, Date.now(), figures);
}
