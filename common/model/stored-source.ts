import { z } from 'zod';
import { LogPlace } from './subscription.ts';

/** How the records of a source topic are read. */
const SourceRules = z.looseObject({
  userId: z.string(),
  eventType: z.string(),
  tombstones: z.enum(['skip', 'deliver']),
  isForDefault: z.boolean(),
});
export type SourceRules = Readonly<z.infer<typeof SourceRules>>;

/** A place in a topic, before its offsets are known. */
const SourceStart = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('earliest') }),
  z.object({ kind: z.literal('latest') }),
  z.object({ kind: z.literal('offset'), offset: z.number() }),
  z.object({ kind: z.literal('time'), atMs: z.number() }),
]);

/**
 * A source topic as the subscriptions topic keeps it, under `source/TOPIC`. It is no subscription.
 */
export const StoredSource = z.looseObject({
  kind: z.literal('source'),
  topic: z.string(),
  /** null: as the settings say, which name the topic. */
  rules: SourceRules.nullable(),
  /** The beginning as it was asked for. */
  from: SourceStart.default({ kind: 'latest' }),
  /**
   * Where its first records are; null: nobody could read that yet. Partitions that were added
   * since, and a topic of its name that was made since, are delivered from their start.
   */
  begins: LogPlace.nullable(),
  /**
   * ms since 1970. It also tells the source from an earlier one of its topic, whose positions in
   * the log mean nothing to this one.
   */
  createdAt: z.number(),
});
export type StoredSource = Readonly<z.infer<typeof StoredSource>>;

/** Two of them make a byte; there is no room in a commit's metadata for more. */
const LIFE_DIGITS = 8;

/** Hexadecimal digits that tell a source from an earlier one of its topic. */
export function lifeDigits({ createdAt }: Pick<StoredSource, 'createdAt'>): string {
  return createdAt.toString(16).slice(-LIFE_DIGITS).padStart(LIFE_DIGITS, '0');
}

const KEY_PREFIX = 'source/';

/** The key of a source in the subscriptions topic. */
export const sourceKey = (topic: string) => `${KEY_PREFIX}${topic}`;

export const isSourceKey = (key: string) => key.startsWith(KEY_PREFIX);
