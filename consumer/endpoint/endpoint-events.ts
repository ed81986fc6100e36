import { takesType } from '../../common/model/event-types.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import { operationalDeliveries } from '../../common/subscriptions/operational-event.ts';
import type { Where } from '../../common/subscriptions/operational-event.ts';

/** Reports that a subscription was disabled by the system, not by a person. */
const DISABLED = 'hookline.endpoint.disabled';
/** The same for those who name this type, which was the first, and not the other. */
const DISABLED_BEFORE = 'hookline.subscription.disabled';
const FAILING = 'hookline.endpoint.failing';
const RECOVERED = 'hookline.endpoint.recovered';

/**
 * Returns the deliveries that report a change which a consumer makes to a subscription; none for a
 * change that concerns nobody. The endpoint concerned gets none itself: it would fail by them once
 * more.
 *
 * @param all every subscription
 */
export function endpointEvents(
  { before, now }: { readonly before: Subscription; readonly now: Subscription },
  all: Iterable<Subscription>,
  where: Where,
): readonly OutgoingRecord[] {
  const { id, targetUrl: target_url, disabledReason: reason, failing, updatedAt } = now;
  const others = [...all].filter((one) => one.id !== id);
  const since = failing ?? before.failing;
  const failing_since = since && new Date(since.since).toISOString();
  const about = { subscription: id, target_url };
  if (before.state !== 'disabled' && now.state === 'disabled') {
    const event = { id: `${id}-disabled-${updatedAt}`, atMs: updatedAt };
    const data = { ...about, reason, failing_since };
    const takesNew = ({ eventTypes }: Subscription) => takesType(eventTypes, DISABLED);
    return [
      ...operationalDeliveries({ ...event, type: DISABLED, data }, others, where),
      ...operationalDeliveries(
        { ...event, type: DISABLED_BEFORE, data },
        others.filter((one) => !takesNew(one)),
        where,
      ),
    ];
  }
  if (now.state !== 'enabled') return [];
  const data = { ...about, failing_since };
  if (before.failing === null && failing !== null) {
    const { since: sinceMs, lastAt: atMs } = failing;
    const event = { type: FAILING, id: `${id}-failing-${sinceMs}`, atMs, data };
    return operationalDeliveries(event, others, where);
  }
  if (before.failing !== null && failing === null) {
    const { since: sinceMs, lastAt } = before.failing;
    const event = { type: RECOVERED, id: `${id}-recovered-${sinceMs}`, atMs: lastAt, data };
    return operationalDeliveries(event, others, where);
  }
  return [];
}
