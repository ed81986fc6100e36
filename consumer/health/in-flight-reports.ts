import type { InFlightReport } from '../../common/model/consumer-state.ts';
import { HEADER } from '../../common/model/delivery.ts';
import { triggerOf } from '../../common/model/trigger.ts';
import type { Endpoints } from '../endpoint/endpoints.ts';

/** A shorter one is over before its report could be read. */
const REPORTED_AFTER_MS = 500;
const REPORTED_MAX = 100;

/** The deliveries whose requests have been under way for a while, the oldest first. */
export function inFlightReports(
  endpoints: Pick<Endpoints, 'underWay'>,
  nowMs: number,
): InFlightReport[] {
  return endpoints
    .underWay(REPORTED_AFTER_MS)
    .toSorted((a, b) => b.forMs - a.forMs)
    .slice(0, REPORTED_MAX)
    .flatMap(({ request: { delivery }, forMs }) => {
      if (!delivery) return [];
      const { id, key, subscription, attempt, record } = delivery;
      const { topic, partition, offset, headers } = record;
      const eventType = headers[HEADER.eventType] ?? null;
      const since = Math.round(nowMs - forMs);
      const made = { attempt, trigger: triggerOf(headers), since };
      return { id, key, subscription, eventType, ...made, topic, partition, offset };
    });
}
