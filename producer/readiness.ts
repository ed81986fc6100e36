export interface ProducerState {
  /** When the broker last answered, ms; null: not yet. */
  readonly brokerSeenAtMs: number | null;
  /** How long the slowest file worker has been at one transaction, ms. */
  readonly stuckMs: number;
}

/** The broker is asked once a second. */
const BROKER_SILENT_MS = 10_000;
const STUCK_MS = 120_000;

/** Why the producer cannot do its work, or null when it can. */
export function whyNotReady(
  { brokerSeenAtMs, stuckMs }: ProducerState,
  nowMs: number,
): string | null {
  if (brokerSeenAtMs === null || nowMs - brokerSeenAtMs > BROKER_SILENT_MS) {
    return 'Kafka does not answer';
  }
  if (stuckMs > STUCK_MS) {
    return `no progress on a file for ${Math.round(stuckMs / 1_000)} s; the log says why`;
  }
  return null;
}
