import { z } from 'zod';
import { LogPlace } from './subscription.ts';

/**
 * A source topic as the subscriptions topic keeps it, under `source/TOPIC`. It is no subscription.
 */
export const StoredSource = z.looseObject({
  kind: z.literal('source'),
  topic: z.string(),
  /** How its records are read; null: as the settings say, which name the topic. */
  rules: z
    .looseObject({
      userId: z.string(),
      eventType: z.string(),
      tombstones: z.enum(['skip', 'deliver']),
      isForDefault: z.boolean(),
    })
    .nullable(),
  /**
   * Where its first records are. Partitions that were added since, and a topic of its name that was
   * made since, are delivered from their start.
   */
  begins: LogPlace,
  /** ms since 1970. */
  createdAt: z.number(),
});
export type StoredSource = Readonly<z.infer<typeof StoredSource>>;

const KEY_PREFIX = 'source/';

/** The key of a source in the subscriptions topic. */
export const sourceKey = (topic: string) => `${KEY_PREFIX}${topic}`;

export const isSourceKey = (key: string) => key.startsWith(KEY_PREFIX);
