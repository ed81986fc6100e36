export interface Consumption {
  /** When the broker last answered, ms; null: not yet. */
  readonly brokerSeenAtMs: number | null;
  /** Names a topic that is not there; null: none is known to be missing. */
  readonly missingTopic: string | null;
  /** Number of deliveries that wait for their first attempt. */
  readonly deliveriesLag: number;
  /** Number of deliveries that wait for another attempt, for hours if the schedule says so. */
  readonly retriesLag: number;
  /** Members of the delivery group. */
  readonly members: number;
  /** When a commit moved or an attempt was logged, or no first attempt was due, ms. */
  readonly progressedAtMs: number;
  /** Alarms of the consumers, a line each. */
  readonly alarms: readonly string[];
}

/** A broker that has not answered for so long counts as away. */
export const BROKER_SILENT_MS = 5_000;
/** Longer than a rebalance after a crash, and than the longest wait for one answer. */
const STALLED_MS = 60_000;

/** A topic is made again by every producer and consumer that starts. */
export function topicMissing(which: string): string {
  return `A topic is missing (${which})`;
}

/** Why the system does not do its work, or null when it does. */
export function whyNotReady(
  { brokerSeenAtMs, missingTopic, deliveriesLag, retriesLag, members, ...seen }: Consumption,
  nowMs: number,
): string | null {
  const { progressedAtMs, alarms } = seen;
  if (brokerSeenAtMs === null || nowMs - brokerSeenAtMs > BROKER_SILENT_MS) {
    return missingTopic === null ? 'Kafka does not answer' : topicMissing(missingTopic);
  }
  const lag = deliveriesLag + retriesLag;
  if (lag > 0 && members === 0) return `${lag} records wait and no consumer runs`;
  if (alarms.length > 0) return alarms.join('; ');
  if (deliveriesLag === 0) return null;
  const stalledMs = nowMs - progressedAtMs;
  if (stalledMs <= STALLED_MS) return null;
  return `${deliveriesLag} records wait, without a commit or an attempt for ${Math.round(stalledMs / 1_000)} s`;
}
