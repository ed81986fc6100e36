import { offsetsAgain } from './begin.ts';
import type { ResetPlan } from './plan.ts';
import type { ResetPlan as ResetView } from './schemas.ts';

/** Endpoints that are named; of more only the number is. */
const NAMED_MAX = 20;

/** A reset, or the plan of one, for the API. */
export function resetView({ members, topics, beginLater }: ResetPlan, done: boolean): ResetView {
  return {
    done,
    members: [...members],
    topics: topics.map(({ topic, group, partitions }) => ({
      topic,
      group,
      again: offsetsAgain(partitions),
      partitions: partitions.map(({ partition, from, to, end, isClamped, isBegin }) => ({
        ...{ partition, from, to, end },
        moved: isBegin ? ('to_begin' as const) : isClamped ? ('into_log' as const) : null,
      })),
    })),
    begin_later: beginLater.slice(0, NAMED_MAX),
    begin_later_count: beginLater.length,
  };
}
