import type { Delivery } from '../model/delivery.ts';
import type { Outcome } from './outcome.ts';

/** One POST to make. */
export interface SendRequest {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Buffer;
  /** Longest wait for the answer, ms; absent or null: the sender's, which is the longest of all. */
  readonly timeoutMs?: number | null;
  /** The delivery that it is an attempt of, for `WatchedSender.underWay`. */
  readonly delivery?: Delivery;
}

/** Result of a request. */
export interface SendResult {
  readonly outcome: Outcome;
  readonly latencyMs: number;
  /** When it ended, ms since 1970. */
  readonly endedAtMs: number;
  /** The beginning of the answer's body as text. */
  readonly excerpt: string;
  /** The beginning of the head of an answer that is no success; absent or empty otherwise. */
  readonly head?: string;
  /** Why there was no answer, or what is wrong with it; empty when the outcome says all. */
  readonly detail: string;
  /** The detail may quote bytes that the receiver sent. */
  readonly isQuoted?: boolean;
}
