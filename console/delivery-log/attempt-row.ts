import type { Attempt } from '../../common/model/attempt.ts';

/** An attempt as the database has it. */
export interface AttemptRow {
  readonly seq: number;
  readonly at: number;
  readonly id: string;
  readonly user: string;
  readonly subscription: string | null;
  readonly event_type: string | null;
  readonly attempt: number;
  readonly trigger: Attempt['trigger'];
  readonly state: Attempt['state'];
  readonly status: number | null;
  readonly error: string | null;
  readonly excerpt: string;
  /** Lines of `name: value`; null: none were kept. */
  readonly answer_headers: string | null;
  /** The two, encrypted under the user's key; null: they are not. */
  readonly sealed: string | null;
  readonly latency_ms: number;
  readonly due_at: number | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}
