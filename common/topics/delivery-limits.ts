import type { KafkaConnection } from '../kafka/client/connection.ts';
import { TopicLimits } from '../kafka/admin/topic-limits.ts';
import type { OutgoingRecord } from '../kafka/ports.ts';
import { retrySchedule } from '../config/retry-schedule.ts';
import type { Role } from '../process/run-role.ts';
import { SEALED_EXTRA_BYTES } from '../user-keys/sealed-body.ts';
import { topicNames } from './topics.ts';

type Deps = Pick<Role, 'config' | 'logger'> & { readonly kafka: KafkaConnection };

/**
 * Bytes that a retry or a dead letter has in addition to its delivery, without names of topic and
 * group.
 */
const HANDED_OFF_BYTES = 560;
/** Key, headers and batch of a usual delivery. */
const USUAL_HEAD_BYTES = 512;

/**
 * Largest size of a delivery: its own record must fit into both lanes, and the records of its
 * retries and its dead letter into their topics.
 */
export class DeliveryLimits {
  readonly topics: TopicLimits;
  private readonly deps: Deps;
  private readonly lanes: readonly string[];
  private readonly others: readonly string[];
  private readonly handedOffBytes: number;
  /** Bytes that a delivery gains before it is written. */
  private readonly sealedBytes: number;

  constructor(deps: Deps) {
    this.deps = deps;
    const names = topicNames(deps.config.TOPIC_PREFIX);
    const { lanes, bulkDeliveries, deadLetters, retry, deliveryGroup } = names;
    this.lanes = lanes;
    this.others = [...new Set([...retrySchedule(deps.config).map(retry), deadLetters])];
    this.topics = new TopicLimits(deps, [...lanes, ...this.others]);
    this.sealedBytes = deps.config.USER_KEYS === 'on' ? SEALED_EXTRA_BYTES : 0;
    this.handedOffBytes = HANDED_OFF_BYTES + bulkDeliveries.length + deliveryGroup.length;
  }

  /** Reads the topics' settings, and warns once when they are below those of this system. */
  async start(): Promise<void> {
    await this.topics.read();
    const { bytes, topic } = this.smallest();
    const { MAX_MESSAGE_BYTES: wantedMax } = this.deps.config;
    if (bytes >= wantedMax + USUAL_HEAD_BYTES) return;
    const inForce = `a delivery's record of ${bytes} bytes, headers included`;
    const found = {
      topic,
      'max.message.bytes': this.topics.of(topic),
      MAX_MESSAGE_BYTES: wantedMax,
    };
    this.deps.logger.warn({ ...found, inForce }, 'topics.limit-below-settings');
  }

  /** Why a delivery cannot be taken for its size, or null when it can. */
  whyTooLarge(record: OutgoingRecord): string | null {
    const { bytes, topic } = this.smallest();
    const reason = this.topics.whyTooLarge(record, bytes);
    return reason && `${reason} (max.message.bytes of ${topic})`;
  }

  /** The most that a delivery's record may have, and the topic that allows no more. */
  private smallest(): { bytes: number; topic: string } {
    // The delivery must fit into both lanes, because a replay copies it into the bulk lane.
    const firsts = this.lanes.map((topic) => ({ topic, bytes: this.topics.of(topic) }));
    const others = this.others.map((topic) => {
      return { topic, bytes: this.topics.of(topic) - this.handedOffBytes };
    });
    const least = [...firsts, ...others].reduce((a, b) => (b.bytes < a.bytes ? b : a));
    return { ...least, bytes: least.bytes - this.sealedBytes };
  }
}
