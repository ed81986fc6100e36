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
