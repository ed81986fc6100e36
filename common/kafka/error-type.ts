/**
 * Kafka's own name of an error, such as `ILLEGAL_GENERATION`, or '' when it is none. kafkajs
 * hides it behind one or more wrappers, sometimes only in `cause`.
 */
export function errorTypeOf(error: unknown): string {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if ('type' in current && typeof current.type === 'string') return current.type;
    current = current.cause;
  }
  return '';
}

/** Whether a transactional write failed because another process took the id over. */
export function isFenced(error: unknown): boolean {
  return ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED'].includes(errorTypeOf(error));
}

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** Whether the broker refused a batch for its size. */
export function isTooLarge(error: unknown): boolean {
  return TOO_LARGE.has(errorTypeOf(error));
}

const LEADER_MOVED: ReadonlySet<string> = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
]);

/** Whether an error of this type says that another broker leads the partition, or soon will. */
export function isLeaderMoved(type: string): boolean {
  return LEADER_MOVED.has(type);
}

const FAILURES: ReadonlySet<string> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSLockTimeout',
]);

/** Whether a request failed because its broker could not be reached, or did not answer in time. */
export function isConnectionFailure(error: unknown): boolean {
  return error instanceof Error && FAILURES.has(error.name);
}

const AWAY: ReadonlySet<string> = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSNoBrokerAvailableError',
]);

/** Whether a broker could not be reached, however often and by however many that was tried. */
export function isBrokerAway(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if (isConnectionFailure(current) || AWAY.has(current.name)) return true;
    current = current.cause;
  }
  return false;
}
