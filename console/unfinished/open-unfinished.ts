import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import type { PartitionReader } from '../../common/kafka/consume/partition-reader.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { SubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import type { Recipients } from '../../common/subscriptions/fan-out.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import type { Consumers } from '../cluster/consumers.ts';
import { SEARCH_LIMITS } from './search-budget.ts';
import { UnfinishedDeliveries } from './unfinished-deliveries.ts';

interface Deps {
  readonly reader: PartitionReader;
  readonly names: TopicNames;
  /** View of the delivery group. */
  readonly view: GroupView;
  readonly cursors: CursorStore;
  readonly subscriptions: SubscriptionTable;
  readonly recipients: Recipients;
  readonly consumers: Consumers;
  readonly progress: CompactedTable<FileProgress>;
}

/** Opens what looks for deliveries that are not finished. */
export function openUnfinished(deps: Deps): UnfinishedDeliveries {
  return new UnfinishedDeliveries({ ...deps, limits: SEARCH_LIMITS });
}
