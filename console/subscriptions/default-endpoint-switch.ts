import type { Config } from '../../common/config/config.ts';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import type {
  DefaultEndpoint,
  SubscriptionTable,
} from '../../common/subscriptions/default-endpoint.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import type { Publisher } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import { defaultSettings } from '../../common/send/endpoint-settings.ts';
import type { Sender } from '../../common/send/sender.ts';
import type { LogPlace } from '../../common/model/subscription.ts';
import { sendTestEvent } from './test-event.ts';
import type { EndpointSwitch, TestResult } from './schemas.ts';

interface Deps {
  readonly config: Config;
  readonly table: Pick<SubscriptionTable, 'defaultEndpoint'>;
  readonly publisher: Publisher;
  /** The topic of the subscriptions. */
  readonly topic: string;
  readonly partitions: number;
  /**
   * Requests are sent as deliveries are: the operator has set the URL, so that any address is
   * allowed.
   */
  readonly sender: Sender;
  /** Returns the end of the endpoint's pause as an ISO time; null: consumers do not pause. */
  readonly restingUntil: () => string | null;
  readonly logger: Logger;
}

const WRITE_DEADLINE_MS = 10_000;

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
   */
  async enable(begins: LogPlace | null): Promise<EndpointSwitch> {
    const now = this.deps.table.defaultEndpoint();
    const resumedAt = Date.now();
    const enabled = { state: 'enabled', isPaused: false } as const;
    return this.switchTo({ ...now, ...enabled, resumedAt, begins: begins ?? now.begins });
  }

  /** @returns the endpoint as it is then, for the API */
  async disable(): Promise<EndpointSwitch> {
    return this.switchTo({ ...this.deps.table.defaultEndpoint(), state: 'disabled' });
  }

  /** @returns the endpoint as it is then, for the API */
  async pause(isPaused: boolean): Promise<EndpointSwitch> {
    return this.switchTo({ ...this.deps.table.defaultEndpoint(), isPaused });
  }

  private async switchTo(next: DefaultEndpoint): Promise<EndpointSwitch> {
    const { config, restingUntil, logger } = this.deps;
    await this.write(next);
    const paused = next.isPaused === true;
    logger.info({ id: DEFAULT_ENDPOINT_ID, paused }, `subscription.${next.state}`);
    const enabled = next.state === 'enabled';
    const resting_until = enabled ? null : restingUntil();
    const target_url = config.WEBHOOK_URL;
    return { id: DEFAULT_ENDPOINT_ID, target_url, enabled, paused, resting_until };
  }

  /** Sends a test event, also while it is disabled. Accepted, it ends a rest. */
  async test(): Promise<TestResult> {
    const { sender, config, table } = this.deps;
    const settingsNow = () => defaultSettings(config, table.defaultEndpoint());
    const result = await sendTestEvent(sender, DEFAULT_ENDPOINT_ID, settingsNow);
    const now = table.defaultEndpoint();
    if (result.error === null && now.state === 'enabled') {
      await this.write({ ...now, resumedAt: Date.now() });
    }
    return result;
  }

  /**
   * Writes the state as one record. The last write wins, because no two writers could change
   * different parts of it.
   */
  private async write(value: DefaultEndpoint): Promise<void> {
    const { publisher, topic, partitions } = this.deps;
    const key = DEFAULT_ENDPOINT_ID;
    const record = { topic, partition: partitionOf(key, partitions), key, headers: {} };
    await publisher.publish({ ...record, value: JSON.stringify(value) }, WRITE_DEADLINE_MS);
  }
}
