import type { Config } from '../../common/config/config.ts';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import type {
  DefaultEndpoint,
  SubscriptionTable,
} from '../../common/subscriptions/default-endpoint.ts';
import { changeStored } from '../../common/subscriptions/change-stored.ts';
import type { SubscriptionsTopic } from '../../common/subscriptions/change-stored.ts';
import type { Logger } from '../../common/base/logger.ts';
import { defaultSettings } from '../../common/send/endpoint-settings.ts';
import type { Sender } from '../../common/send/sender.ts';
import type { LogPlace } from '../../common/model/subscription.ts';
import { NO_PAUSE } from '../ledgers/endpoint-view.ts';
import type { Resting } from '../ledgers/endpoint-view.ts';
import { sendTestEvent } from './test-event.ts';
import type { EndpointSwitch, TestResult } from './schemas.ts';

interface Deps {
  readonly config: Config;
  readonly table: Pick<SubscriptionTable, 'defaultEndpoint' | 'caughtUp'>;
  readonly stored: SubscriptionsTopic;
  /**
   * Requests are sent as deliveries are: the operator has set the URL, so that any address is
   * allowed.
   */
  readonly sender: Sender;
  /** Returns the pause of the endpoint, as the consumers report it. */
  readonly resting: () => Resting;
  readonly logger: Logger;
}

type Change = (now: DefaultEndpoint) => DefaultEndpoint;

/** Changes the settings of the endpoint of WEBHOOK_URL for the API. */
export class DefaultEndpointSwitch {
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /**
   * A rest is over as well.
   *
   * @param begins what lies before is not sent any more; null: it goes on where it stopped
   * @returns the endpoint as it is then, for the API
   * @throws BrokerUnavailableError, as all that changes it: it may have been changed all the same
   */
  enable(begins: LogPlace | null): Promise<EndpointSwitch> {
    const enabled = { state: 'enabled', isPaused: false } as const;
    return this.switchTo((now) => {
      return { ...now, ...enabled, resumedAt: Date.now(), begins: begins ?? now.begins };
    });
  }

  /** @returns the endpoint as it is then, for the API */
  disable(): Promise<EndpointSwitch> {
    return this.switchTo((now) => ({ ...now, state: 'disabled' }));
  }

  /** @returns the endpoint as it is then, for the API */
  pause(isPaused: boolean): Promise<EndpointSwitch> {
    return this.switchTo((now) => ({ ...now, isPaused }));
  }

  private async switchTo(change: Change): Promise<EndpointSwitch> {
    const { config, table, resting, logger } = this.deps;
    await this.change(change);
    const { state, isPaused: paused = false } = table.defaultEndpoint();
    logger.info({ id: DEFAULT_ENDPOINT_ID, paused }, `subscription.${state}`);
    const enabled = state === 'enabled';
    const pause = enabled ? NO_PAUSE : resting();
    const target_url = config.WEBHOOK_URL;
    return { id: DEFAULT_ENDPOINT_ID, target_url, enabled, paused, ...pause };
  }

  /** Sends a test event, also while it is disabled. Accepted, it ends a rest. */
  async test(): Promise<TestResult> {
    const { sender, config, table } = this.deps;
    const settingsNow = () => defaultSettings(config, table.defaultEndpoint());
    const send = sender.send.bind(sender);
    const result = await sendTestEvent(send, DEFAULT_ENDPOINT_ID, settingsNow);
    if (result.error === null) {
      await this.change((now) =>
        now.state === 'enabled' ? { ...now, resumedAt: Date.now() } : now,
      );
    }
    return result;
  }

  private change(change: Change): Promise<void> {
    const { table, stored } = this.deps;
    return changeStored(stored, table, DEFAULT_ENDPOINT_ID, () => {
      const now = table.defaultEndpoint();
      const value = change(now);
      return value === now ? null : { value };
    });
  }
}
