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

export const LOCATOR_CHARS_MAX = 500;
const HEADER = /^header:[!-~]+$/;
const HEADER_ALLOWED = 'header:NAME (visible ASCII characters without spaces)';
const POINTER = /^(\/([^/~]|~[01])*)+$/;
/** Patterns of what `parseUserId` and `parseEventType` take, for the API's description. */
export const USER_ID_PATTERN = `^key$|${HEADER.source}|${POINTER.source}`;
export const EVENT_TYPE_PATTERN = `${EVENT_TYPE.source}|${HEADER.source}|${POINTER.source}`;

export const USER_ID_ALLOWED =
  `allowed: key, ${HEADER_ALLOWED}, or a JSON pointer such as /after/user_id; ` +
  `at most ${LOCATOR_CHARS_MAX} characters`;
export const EVENT_TYPE_ALLOWED =
  `allowed: ${HEADER_ALLOWED}, a JSON pointer such as /op, or a type such as order.changed; ` +
  `at most ${EVENT_TYPE_LENGTH_MAX} characters`;
/** The id of an event begins with the name of its topic, and has 169 characters at most. */
const TOPIC_CHARS_MAX = 140;
export const TOPIC_ALLOWED =
  `allowed: 1 to ${TOPIC_CHARS_MAX} of letters, digits, dot, dash, underscore, ` +
  'and no topic of Hookline or of Kafka itself';
export const TOPIC_PATTERN = `^(?!__|\\.{1,2}$)[A-Za-z0-9._-]{1,${TOPIC_CHARS_MAX}}$`;
const TOPIC = new RegExp(TOPIC_PATTERN);

/**
 * Whether a topic can be a source: one of our own would be delivered for ever.
 *
 * @param prefix of our own topics
 */
export function canBeSource(topic: string, prefix: string): boolean {
  return TOPIC.test(topic) && !topic.startsWith(`${prefix}.`);
}

/** The text that says where something is found, as `parseUserId` and `parseEventType` read it. */
export function locatorText(locator: Locator): string {
  switch (locator.kind) {
    case 'key':
      return 'key';
    case 'header':
      return `header:${locator.name}`;
    case 'fixed':
      return locator.text;
    case 'pointer':
      return `/${locator.path.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
  }
}

/** Understands where the user of an event is found. @returns null: the text says no such thing */
export function parseUserId(text: string): Locator | null {
  return text === 'key' ? { kind: 'key' } : headerOrPointer(text);
}

/** Understands where the type of an event is found. @returns null: the text says no such thing */
export function parseEventType(text: string): Locator | null {
  if (text.length > EVENT_TYPE_LENGTH_MAX) return null;
  if (EVENT_TYPE.test(text) && !isReservedType(text)) return { kind: 'fixed', text };
  return headerOrPointer(text);
}

function headerOrPointer(text: string): Locator | null {
  if (text.length > LOCATOR_CHARS_MAX) return null;
  if (HEADER.test(text)) return { kind: 'header', name: text.slice('header:'.length) };
  if (!POINTER.test(text)) return null;
  const path = text.slice(1).split('/');
  return {
    kind: 'pointer',
    path: path.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')),
  };
}
