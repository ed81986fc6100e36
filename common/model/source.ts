import { EVENT_TYPE, EVENT_TYPE_LENGTH_MAX, isReservedType } from './event-types.ts';

/** Where a record of a source topic says something of its event. */
export type Locator =
  | { readonly kind: 'key' }
  | { readonly kind: 'header'; readonly name: string }
  /** @see https://www.rfc-editor.org/rfc/rfc6901 */
  | { readonly kind: 'pointer'; readonly path: readonly string[] }
  | { readonly kind: 'fixed'; readonly text: string };

/** A topic of the user's whose records are events, and how they are read. */
export interface Source {
  readonly topic: string;
  readonly userId: Locator;
  /** Where nothing is found there, the type is the name of the topic. */
  readonly eventType: Locator;
  /** A record without a value has no event, or one with an empty body. */
  readonly tombstones: 'skip' | 'deliver';
  /** Whether each event is for the endpoint of WEBHOOK_URL, too. */
  readonly isForDefault: boolean;
}

export const USER_ID_ALLOWED =
  'allowed: key, header:NAME, or a JSON pointer such as /after/user_id';
export const EVENT_TYPE_ALLOWED =
  'allowed: header:NAME, a JSON pointer such as /op, or a type such as order.changed';
/** The id of an event begins with the name of its topic, and has 169 characters at most. */
const TOPIC_CHARS_MAX = 140;
export const TOPIC_ALLOWED =
  `allowed: 1 to ${TOPIC_CHARS_MAX} of letters, digits, dot, dash, underscore, ` +
  'and no topic of Hookline or of Kafka itself';

/**
 * Whether a topic can be a source: one of our own would be delivered for ever.
 *
 * @param prefix of our own topics
 */
export function canBeSource(topic: string, prefix: string): boolean {
  const isName = /^[A-Za-z0-9._-]+$/.test(topic) && topic.length <= TOPIC_CHARS_MAX;
  const isOurs = topic.startsWith(`${prefix}.`) || topic.startsWith('__');
  return isName && !isOurs && topic !== '.' && topic !== '..';
}

/** Understands where the user of an event is found. @returns null: the text says no such thing */
export function parseUserId(text: string): Locator | null {
  return text === 'key' ? { kind: 'key' } : headerOrPointer(text);
}

/** Understands where the type of an event is found. @returns null: the text says no such thing */
export function parseEventType(text: string): Locator | null {
  const isType = EVENT_TYPE.test(text) && text.length <= EVENT_TYPE_LENGTH_MAX;
  if (isType && !isReservedType(text)) return { kind: 'fixed', text };
  return headerOrPointer(text);
}

function headerOrPointer(text: string): Locator | null {
  if (/^header:.{1,200}$/.test(text)) return { kind: 'header', name: text.slice('header:'.length) };
  if (!/^(\/([^/~]|~[01])*)+$/.test(text) || text.length > 500) return null;
  const path = text.slice(1).split('/');
  return {
    kind: 'pointer',
    path: path.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')),
  };
}
