import { takesType } from '../../common/model/event-types.ts';
import { HEADER } from '../../common/model/delivery.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import type { Subscription } from '../../common/model/subscription.ts';

/** Tells of a subscription that was disabled by the system, not by a person. */
export const DISABLED_EVENT_TYPE = 'hookline.subscription.disabled';

/**
 * The operational event as deliveries, one to each subscription that asks for it. The ids follow
 * from what happened, so that saying it twice is seen as one.
 *
 * @param disabled    as it is now, with the reason
 * @param partitionOf the partition of a key
 */
export function disabledEvent(
  disabled: Subscription,
  all: Iterable<Subscription>,
  { topic, partitionOf }: { topic: string; partitionOf: (key: string) => number },
): readonly OutgoingRecord[] {
  const { id, targetUrl, disabledReason: reason, failing, updatedAt } = disabled;
  const value = JSON.stringify({
    type: DISABLED_EVENT_TYPE,
    timestamp: new Date(updatedAt).toISOString(),
    data: {
      subscription: id,
      target_url: targetUrl,
      reason,
      failing_since: failing && new Date(failing.since).toISOString(),
    },
  });
  const asking = [...all].filter(
    (one) =>
      one.state === 'enabled' && one.id !== id && takesType(one.eventTypes, DISABLED_EVENT_TYPE),
  );
  return asking.map((to) => ({
    topic,
    partition: partitionOf(to.id),
    key: to.id,
    value,
    headers: {
      [HEADER.id]: `${id}-disabled-${updatedAt}-${to.id}`,
      [HEADER.subscription]: to.id,
      [HEADER.eventType]: DISABLED_EVENT_TYPE,
    },
  }));
}
