import { takesType } from '../model/event-types.ts';
import { HEADER } from '../model/delivery.ts';
import type { OutgoingRecord } from '../kafka/ports.ts';
import type { Subscription } from '../model/subscription.ts';

/** Something that happened to the system itself, for those who asked for its type by name. */
export interface OperationalEvent {
  readonly type: string;
  /**
   * Begins the id of each delivery. It follows from what happened, so that an event that is written
   * twice is seen as one.
   */
  readonly id: string;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Where {
  readonly topic: string;
  /** Returns the partition of a key. */
  readonly partitionOf: (key: string) => number;
}

/** Returns an event as deliveries, one to each of the subscriptions that takes its type. */
export function operationalDeliveries(
  { type, id, atMs, data }: OperationalEvent,
  to: Iterable<Subscription>,
  { topic, partitionOf }: Where,
): readonly OutgoingRecord[] {
  const value = JSON.stringify({ type, timestamp: new Date(atMs).toISOString(), data });
  return [...to]
    .filter(({ state, eventTypes }) => state === 'enabled' && takesType(eventTypes, type))
    .map((one) => ({
      topic,
      partition: partitionOf(one.id),
      key: one.id,
      value,
      headers: {
        [HEADER.id]: `${id}-${one.id}`,
        [HEADER.subscription]: one.id,
        [HEADER.eventType]: type,
      },
    }));
}
