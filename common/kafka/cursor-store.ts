import type { Assignment } from './types.ts';

/**
 * Where an endpoint that is behind goes on in a partition: an offset commit of a group of its own,
 * made by no member.
 */
export interface Cursor {
  readonly endpoint: string;
  readonly topic: string;
  readonly partition: number;
  /** The first record that is not finished. */
  readonly offset: number;
  /** Up to 4,096 characters; '' after an offset reset with Kafka's tools. */
  readonly metadata: string;
}

/**
 * Keeps cursors where Kafka keeps the offsets of its groups, so every Kafka tool shows them.
 *
 * Kafka deletes what no member has committed for `offsets.retention.minutes` (7 days by default):
 * a cursor that stands still has to be committed again before that.
 */
export interface CursorStore {
  /** Loads every cursor in these partitions, of any endpoint. */
  load(assignment: Assignment): Promise<readonly Cursor[]>;
  /**
   * Resolves once all cursors are durable. It makes one attempt; only coordinators that move are
   * followed.
   *
   * @throws AppError group_active        a consumer is a member of an endpoint's group
   * @throws BrokerUnavailableError       the rest; some of the cursors may then be written
   */
  commit(cursors: readonly Cursor[]): Promise<void>;
  /** Takes cursors away, whose endpoints have caught up. @throws as `commit` */
  remove(cursors: readonly Pick<Cursor, 'endpoint' | 'topic' | 'partition'>[]): Promise<void>;
  close(): Promise<void>;
}
