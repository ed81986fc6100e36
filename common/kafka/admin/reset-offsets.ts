import type { Admin } from 'kafkajs';
import { AppError } from '../../base/errors.ts';
import { fetchBounds, fetchCommitted } from './offsets.ts';
import { toOffset } from '../protocol/records.ts';
import { retryTransient } from '../client/retry-transient.ts';

/** Position that a group is moved to. */
export type ResetTarget =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'offset'; readonly offset: number }
  /** The first record written at or after this time, ms since 1970; the end when there is none. */
  | { readonly kind: 'time'; readonly atMs: number };

export interface PartitionReset {
  readonly partition: number;
  /** null when the group has never committed. */
  readonly from: number | null;
  readonly to: number;
  /** End of the log. */
  readonly end: number;
  /** Why `to` is not what was asked for; null: it is. */
  readonly moved: Moved | null;
}

/**
 * `into_log`: the offset asked for is not in the log, so the nearest one was taken. `to_begin`: the
 * endpoint begins later, so its begin was taken.
 */
export type Moved = 'into_log' | 'to_begin';

/** A place in one partition's log. */
export interface ResolvedOffset {
  readonly offset: number;
  /** End of the log. */
  readonly end: number;
  /** The offset asked for is not in the log, so the nearest one was taken. */
  readonly isClamped: boolean;
}

/** Where a target lies now in each partition of a topic, by partition number. */
export async function resolveTarget(
  admin: Admin,
  topic: string,
  target: ResetTarget,
): Promise<ReadonlyMap<number, ResolvedOffset>> {
  const bounds = await fetchBounds(admin, topic);
  const atTime = target.kind === 'time' ? await offsetsAt(admin, topic, target.atMs) : null;
  return new Map(
    [...bounds].map(([partition, { low, high }]) => {
      const wanted = wantedOffset(target, { low, high }, atTime?.get(partition) ?? null);
      const offset = Math.min(high, Math.max(low, wanted));
      return [partition, { offset, end: high, isClamped: offset !== wanted }];
    }),
  );
}

/**
 * Computes what a reset of a group would do, also for the group of an endpoint's cursors. Changes
 * nothing.
 */
export async function planReset(
  admin: Admin,
  { groupId, topic, target }: { groupId: string; topic: string; target: ResetTarget },
): Promise<readonly PartitionReset[]> {
  const targets = await resolveTarget(admin, topic, target);
  const committed = await fetchCommitted(admin, groupId, [topic]);
  return [...targets]
    .sort(([a], [b]) => a - b)
    .map(([partition, { offset: to, end, isClamped }]) => {
      const from = committed.get(topic, partition).offset;
      return { partition, from, to, end, moved: isClamped ? 'into_log' : null };
    });
}

/**
 * Sets the group's offsets. The metadata of its commits goes, so that all from there on is
 * delivered again. The caller has refused members, whose next commits would undo it.
 */
export async function applyReset(
  admin: Admin,
  { groupId, topic }: { groupId: string; topic: string },
  resets: readonly PartitionReset[],
): Promise<void> {
  const partitions = resets.map(({ partition, to }) => ({ partition, offset: String(to) }));
  await admin.setOffsets({ groupId, topic, partitions });
}

/** Client ids of the members that a group has now. */
export async function listMembers(admin: Admin, groupId: string): Promise<readonly string[]> {
  const { groups } = await retryTransient(() => admin.describeGroups([groupId]));
  return groups.flatMap((group) => group.members).map(({ clientId }) => clientId);
}

/** @throws AppError group_has_members  the members' next commits would undo a reset */
export function refuseMembers(groupId: string, members: readonly string[]): void {
  if (members.length === 0) return;
  throw new AppError(
    'group_has_members',
    `Group ${groupId} has live members: ${members.join(', ')}. Stop the consumers first; ` +
      'those that were killed leave the group after ten seconds.',
  );
}

function wantedOffset(
  target: ResetTarget,
  { low, high }: { low: number; high: number },
  atTime: number | null,
): number {
  switch (target.kind) {
    case 'earliest':
      return low;
    case 'latest':
      return high;
    case 'offset':
      return target.offset;
    case 'time':
      return atTime ?? high;
  }
}

async function offsetsAt(
  admin: Admin,
  topic: string,
  atMs: number,
): Promise<ReadonlyMap<number, number | null>> {
  // Below zero a time means something else to Kafka: -1 is the end of the log.
  const timestamp = Math.max(0, atMs);
  const found = await retryTransient(() => admin.fetchTopicOffsetsByTimestamp(topic, timestamp));
  return new Map(
    found.map(({ partition, offset }) => [partition, offset === '-1' ? null : toOffset(offset)]),
  );
}
