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

/** Whether it refused a batch for something in one of its records. */
export function isOfOneRecord(error: unknown): boolean {
  return isTooLarge(error) || errorTypeOf(error) === 'INVALID_RECORD';
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
