import {
  EVENT_TYPE_ALLOWED,
  TOPIC_ALLOWED,
  USER_ID_ALLOWED,
  canBeSource,
  parseEventType,
  parseUserId,
} from '../model/source.ts';
import * as t from './setting-types.ts';

/** The settings of source topics; a part of the table of all settings. */
export const SOURCE_SETTINGS = {
  SOURCE_TOPICS: t
    .list()
    .default([])
    .describe('topics of yours whose records are events, separated by commas; empty: none'),
  SOURCE_USER_ID: t
    .parsed(parseUserId, USER_ID_ALLOWED)
    .prefault('key')
    .describe('where a record of SOURCE_TOPICS names its user: `key`, `header:NAME`, JSON pointer'),
  SOURCE_EVENT_TYPE: t
    .parsed(parseEventType, EVENT_TYPE_ALLOWED)
    .prefault('header:event-type')
    .describe('where it names its event type: `header:NAME`, JSON pointer, a type; else its topic'),
  SOURCE_TOMBSTONES: t
    .oneOf(['skip', 'deliver'])
    .default('skip')
    .describe('records of SOURCE_TOPICS without a value: passed over, or sent with an empty body'),
  SOURCE_FROM: t
    .oneOf(['now', 'earliest'])
    .default('now')
    .describe('where a topic of SOURCE_TOPICS begins when it is read for the first time'),
  SOURCE_TO_DEFAULT: t
    .yesNo()
    .default(false)
    .describe('records of SOURCE_TOPICS go to WEBHOOK_URL, too, besides the subscriptions'),
  SCHEMA_REGISTRY_URL: t
    .registryUrl()
    .default('')
    .describe(
      'schema registry of those topics, such as `https://user:password@registry:8081`; empty: none',
    ),
} as const;

/** Says which of the source topics can be none. */
export function unfitSource(config: {
  readonly SOURCE_TOPICS: readonly string[];
  readonly TOPIC_PREFIX: string;
}): readonly string[] {
  const unfit = config.SOURCE_TOPICS.find((topic) => !canBeSource(topic, config.TOPIC_PREFIX));
  return unfit === undefined ? [] : [`SOURCE_TOPICS=${JSON.stringify(unfit)}: ${TOPIC_ALLOWED}`];
}
