/** A type of events: words joined by dots. */
export const EVENT_TYPE = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
export const EVENT_TYPE_LENGTH_MAX = 128;

/** Types below it are those of our own events: nobody else's may look like them. */
const RESERVED_PREFIX = 'hookline.';
export const RESERVED_TYPES = `${RESERVED_PREFIX}*`;

export function isReservedType(type: string): boolean {
  return type.startsWith(RESERVED_PREFIX);
}

/**
 * Whether a subscription takes events of a type.
 *
 * @param eventTypes exact types, or `order.*` for all below order, at any depth; empty: every type
 *                   that is not reserved
 * @param type       null: an event without a type, which only those that take all types take
 */
export function takesType(eventTypes: readonly string[], type: string | null): boolean {
  if (eventTypes.length === 0) return type === null || !isReservedType(type);
  if (type === null) return false;
  return eventTypes.some((pattern) =>
    pattern.endsWith('.*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern,
  );
}
