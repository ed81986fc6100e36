import { NAMED_MAX, offsetsAgain } from './begin.ts';
import type { ResetPlan } from './plan.ts';
import type { ResetPlan as ResetView } from './schemas.ts';

/** A reset, or the plan of one, for the API. */
export function resetView({ members, topics, beginLater }: ResetPlan, done: boolean): ResetView {
  return {
    done,
    members: [...members],
    topics: topics.map(({ topic, group, partitions }) => ({
      topic,
      group,
      again: offsetsAgain(partitions),
      partitions: [...partitions],
    })),
    begin_later: beginLater.slice(0, NAMED_MAX),
    begin_later_count: beginLater.length,
  };
}
