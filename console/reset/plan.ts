import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import type { SubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import { existing } from '../../common/subscriptions/subscription-store.ts';
import type { Recipients } from '../../common/subscriptions/fan-out.ts';
import { AppError } from '../../common/base/errors.ts';
import { listMembers, planReset } from '../../common/kafka/admin/reset-offsets.ts';
import type { PartitionReset, ResetTarget } from '../../common/kafka/admin/reset-offsets.ts';
import { listRetryTopics } from '../../common/kafka/admin/topic-admin.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import { beyondBegin } from './begin.ts';

export interface ResetRequest {
  readonly target: ResetTarget;
  /** null: both lanes of the deliveries. */
  readonly topic: string | null;
  /** Id of one endpoint; null: all endpoints. */
  readonly subscription: string | null;
}

export interface PlanDeps {
  readonly admin: Parameters<typeof planReset>[0];
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly subscriptions: Pick<SubscriptionTable, 'get' | 'entries'>;
  readonly recipients: Pick<Recipients, 'beginOf'>;
}

export interface TopicPlan {
  readonly topic: string;
  readonly group: string;
  readonly partitions: readonly PartitionReset[];
}

export interface ResetPlan {
  /** Client ids of the consumers that run: while there are any, a reset is refused. */
  readonly members: readonly string[];
  readonly topics: readonly TopicPlan[];
  /** Endpoints that get nothing of what lies before their begin, though the group goes there. */
  readonly beginLater: readonly string[];
}

/**
 * Computes what a reset would do. Changes nothing.
 *
 * @throws AppError subscription_unknown
 * @throws AppError config_invalid  the target must hold for topics that one offset cannot mean
 */
export async function planOf(deps: PlanDeps, request: ResetRequest): Promise<ResetPlan> {
  const { admin, names, subscriptions } = deps;
  const { subscription: endpoint } = request;
  if (endpoint !== null && endpoint !== DEFAULT_ENDPOINT_ID) {
    existing(endpoint, subscriptions.get(endpoint));
  }
  const topics = endpoint === null ? await planAll(deps, request) : await planOne(deps, request);
  // Last, as those that a reset meets are the ones that count.
  const members = await listMembers(admin, names.deliveryGroup);
  return { members, topics, beginLater: endpoint === null ? beginLater(deps, topics) : [] };
}

async function planAll(deps: PlanDeps, request: ResetRequest): Promise<readonly TopicPlan[]> {
  const { admin, kafka, names } = deps;
  const { topic, target } = request;
  const group = names.deliveryGroup;
  const plans = await planEach(deps, group, request);
  // In retry topics only partitions that have lost their offset are reset: for the others no
  // position would be known.
  for (const one of topic === null ? await listRetryTopics(kafka, names) : []) {
    const resets = await planReset(admin, { groupId: group, topic: one, target });
    const lost = resets.filter(({ from, end }) => from === null && end > 0);
    if (lost.length === 0) continue;
    if (target.kind === 'offset') throw noSingleOffset(one);
    plans.push({ topic: one, group, partitions: lost });
  }
  return plans;
}

async function planOne(deps: PlanDeps, request: ResetRequest): Promise<readonly TopicPlan[]> {
  const { names, recipients } = deps;
  const endpoint = request.subscription as string;
  const plans = await planEach(deps, names.cursorGroup(endpoint), request);
  return plans.map(({ topic, group, partitions }) => ({
    topic,
    group,
    partitions: partitions.map((one) =>
      beyondBegin(one, recipients.beginOf(endpoint, { topic, partition: one.partition })),
    ),
  }));
}

async function planEach(
  { admin, names }: PlanDeps,
  group: string,
  { topic, target }: ResetRequest,
): Promise<TopicPlan[]> {
  const plans: TopicPlan[] = [];
  for (const one of topic === null ? await lanesOf(admin, names) : [topic]) {
    const resets = await planReset(admin, { groupId: group, topic: one, target });
    plans.push({ topic: one, group, partitions: resets });
  }
  return plans;
}

/** A system of an earlier version has one lane. Source topics are reset by their name alone. */
async function lanesOf(
  admin: PlanDeps['admin'],
  { deliveries, bulkDeliveries }: TopicNames,
): Promise<readonly string[]> {
  const existing = await admin.listTopics();
  return [deliveries, bulkDeliveries].filter((name) => existing.includes(name));
}

function beginLater(deps: PlanDeps, plans: readonly TopicPlan[]): readonly string[] {
  const { names, subscriptions, recipients } = deps;
  const lanes = plans.filter(({ topic }) => !topic.startsWith(names.retryPrefix));
  const isLater = (endpoint: string) =>
    lanes.some(({ topic, partitions }) =>
      partitions.some(
        ({ partition, to, end }) =>
          to < Math.min(end, recipients.beginOf(endpoint, { topic, partition })),
      ),
    );
  const open = [...subscriptions.entries()].filter(([, { state }]) => state !== 'deleted');
  return [DEFAULT_ENDPOINT_ID, ...open.map(([id]) => id)].filter(isLater);
}

function noSingleOffset(topic: string): AppError {
  return new AppError(
    'config_invalid',
    `allowed: a time, earliest or latest, which hold for all topics, as the group has lost its ` +
      `offsets of ${topic} as well`,
  );
}
