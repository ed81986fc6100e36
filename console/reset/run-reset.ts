import { applyReset, refuseMembers } from '../../common/kafka/admin/reset-offsets.ts';
import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import { planOf } from './plan.ts';
import type { PlanDeps, ResetPlan, ResetRequest, TopicPlan } from './plan.ts';

export interface ResetDeps extends PlanDeps {
  readonly cursors: Pick<CursorStore, 'load' | 'commit' | 'remove'>;
}

/**
 * Moves the offsets of the delivery group, or the cursors of one endpoint, as `planOf` says.
 *
 * @throws AppError group_has_members  the consumers' next commits would undo it
 * @throws AppError as `planOf`
 */
export async function runReset(deps: ResetDeps, request: ResetRequest): Promise<ResetPlan> {
  const plan = await planOf(deps, request);
  refuseMembers(deps.names.deliveryGroup, plan.members);
  const { subscription: endpoint } = request;
  for (const one of plan.topics) {
    await (endpoint === null ? resetAll(deps, one) : resetOne(deps, one, endpoint));
  }
  return plan;
}

/** Sets the group back for all endpoints: none goes on from a cursor of its own any more. */
async function resetAll({ admin, cursors }: ResetDeps, one: TopicPlan): Promise<void> {
  const { topic, group, partitions } = one;
  await applyReset(admin, { groupId: group, topic }, partitions);
  const numbers = partitions.map(({ partition }) => partition);
  await cursors.remove(await cursors.load(new Map([[topic, numbers]])));
}

/** Has one endpoint go on from elsewhere, and leaves the others where they are. */
async function resetOne(
  { cursors }: ResetDeps,
  { topic, partitions }: TopicPlan,
  endpoint: string,
): Promise<void> {
  // Without a mark all is delivered again from there, whatever is known of it.
  const places = partitions.map(({ partition, to: offset }) => {
    return { endpoint, topic, partition, offset, metadata: '' };
  });
  await cursors.commit(places);
}
