import { retryUntilDone } from '../../base/retry.ts';
import { errorTypeOf, isLeaderMoved } from '../error-type.ts';

/** A topic that is being created answers with these for a moment, and a group that moves. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'BROKER_NOT_AVAILABLE',
  'OFFSET_NOT_AVAILABLE',
  'ELIGIBLE_LEADERS_NOT_AVAILABLE',
  'NOT_CONTROLLER',
  'REQUEST_TIMED_OUT',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_LOAD_IN_PROGRESS',
]);
/** While a broker is being born it counts as fenced, and no copy can be placed on it. */
const TRANSIENT_AT_BIRTH: ReadonlySet<string> = new Set(['INVALID_REPLICATION_FACTOR']);
const BIRTH_MS = 15_000;
const PAUSE_MS = 100;
const PATIENCE_MS = 10_000;
/**
 * Patience at a start, in ms: a slow machine may need so long until a new broker leads all its
 * partitions.
 */
export const START_PATIENCE_MS = 90_000;

/** Whether Kafka says that it is not ready yet. */
export function isTransient(error: unknown): boolean {
  const type = errorTypeOf(error);
  return TRANSIENT.has(type) || isLeaderMoved(type) || isUnknownYet(error);
}

/** Whether kafkajs was asked for a topic that its last answer about topics was not about. */
function isUnknownYet(error: unknown): boolean {
  return error instanceof Error && error.name === 'KafkaJSTopicMetadataNotLoaded';
}

/** Tries again while Kafka says that it is not ready yet, for `patienceMs` at most. */
export async function retryTransient<Result>(
  work: () => Promise<Result>,
  patienceMs = PATIENCE_MS,
): Promise<Result> {
  const startedMs = performance.now();
  const mayRetry = (error: unknown) => {
    const type = errorTypeOf(error);
    const elapsedMs = performance.now() - startedMs;
    const isBirth = TRANSIENT_AT_BIRTH.has(type) && elapsedMs < Math.min(BIRTH_MS, patienceMs);
    return isBirth || (elapsedMs < patienceMs && isTransient(error));
  };
  return retryUntilDone(work, { pauseMs: PAUSE_MS, mayRetry });
}
