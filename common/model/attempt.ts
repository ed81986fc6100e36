import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import { TRIGGERS } from './trigger.ts';

/** State of a delivery after an attempt; cancelled: its subscription was deleted meanwhile. */
export const DELIVERY_STATES = ['delivered', 'retrying', 'dead', 'throttled', 'cancelled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One attempt as the attempts topic keeps it. Times are ms since 1970. */
export const Attempt = z.object({
  id: z.string(),
  /** The record's key: the user id, else the subscription id. */
  key: z.string(),
  subscription: z.string().nullable().default(null),
  eventType: z.string().nullable().default(null),
  /** 1-based; 0 for a record that could not be understood and so was never sent. */
  attempt: z.int().min(0),
  /**
   * Why the record is a copy of an earlier one; null: it is as it was accepted, or a later version
   * knows more reasons.
   */
  trigger: z.enum(TRIGGERS).nullable().default(null).catch(null),
  state: z.enum(DELIVERY_STATES),
  /** HTTP status; null when there was no answer. */
  status: z.int().nullable().default(null),
  /** Why there was no answer, or why the record was given up; null on success. */
  error: z.string().nullable().default(null),
  excerpt: z.string().default(''),
  /** Headers of an answer that was no success, as lines of `name: value`, bounded. */
  answerHeaders: z.string().optional(),
  /** The two, encrypted under the key of the user; empty: there was no such key. */
  sealed: z.string().optional(),
  latencyMs: z.number(),
  at: z.number(),
  /** When the next attempt is due; null when there is none. */
  dueAt: z.number().nullable().default(null),
  /** The record that was attempted. */
  topic: z.string(),
  partition: z.int(),
  offset: z.int(),
  /** Deliveries for which this line stands: cancelled together, from `offset` on. */
  count: z.int().min(1).optional(),
});
export type Attempt = Readonly<z.infer<typeof Attempt>>;

/** The texts of an attempt that are encrypted together, as JSON. */
export const SealedTexts = z.object({
  excerpt: z.string(),
  answerHeaders: z.string().optional(),
});
export type SealedTexts = Readonly<z.input<typeof SealedTexts>>;

/**
 * An attempt to be written. What most attempts do not have is left out, undefined: these bytes are
 * a good part of what a delivery costs.
 *
 * @see docs/benchmarks-notes.md#what-held-it-back
 */
export type NewAttempt = Readonly<z.input<typeof Attempt>>;

/** One line of a record of the attempts topic, which holds several. */
export function formatAttempt(attempt: NewAttempt): string {
  return JSON.stringify(attempt);
}

/** Reads such a record; lines that are not understood are left out. */
export function parseAttempts(text: string): readonly Attempt[] {
  return text.split('\n').flatMap((line) => parseJson(Attempt, line) ?? []);
}

/**
 * Where the attempts of a partition of the deliveries are written: always in one place, so that
 * they are read in the order of their making.
 *
 * @param partitions of the topic of attempts
 */
export function attemptsPartitionOf(partition: number, partitions: number): number {
  return partition % partitions;
}
