import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { GroupView } from '../kafka/admin/group-view.ts';
import { sourceKey } from '../model/stored-source.ts';
import type { StoredSource } from '../model/stored-source.ts';
import { changeStored } from '../subscriptions/change-stored.ts';
import type { SubscriptionsTopic } from '../subscriptions/change-stored.ts';
import type { SubscriptionTable } from '../subscriptions/default-endpoint.ts';
import type { TopicWatch } from '../topics/topic-watch.ts';
import type { Sources } from './sources.ts';

interface Deps {
  readonly sources: Pick<Sources, 'all' | 'stateOf'>;
  readonly watch: Pick<TopicWatch, 'idOf' | 'onLook'>;
  readonly view: Pick<GroupView, 'bounds'>;
  readonly table: Pick<SubscriptionTable, 'caughtUp' | 'sources'>;
  readonly stored: SubscriptionsTopic;
  readonly from: 'now' | 'earliest';
  readonly logger: Logger;
}

/**
 * Writes down where the sources of the settings begin, once each can be read for the first time:
 * `now` must be the same moment for all consumers, and after a restart.
 */
export function beginSources(deps: Deps): void {
  const { sources, watch, view, from, table, stored, logger } = deps;
  const underWay = new Set<string>();
  const begin = async (topic: string) => {
    const bounds = from === 'now' ? [...(await view.bounds(topic))] : [];
    const offsets = bounds.sort(([a], [b]) => a - b).map(([, { high }]) => high);
    const begins = { [topic]: { topicId: watch.idOf(topic), offsets } };
    const createdAt = Date.now();
    const source: StoredSource = { kind: 'source', topic, rules: null, begins, createdAt };
    await changeStored(stored, table, sourceKey(topic), () => {
      // Another consumer may have begun it: what came since then would be passed over.
      return table.sources().some((one) => one.topic === topic) ? null : { value: source };
    });
    logger.info({ topic, from, offsets }, 'source.begun');
  };
  watch.onLook(() => {
    for (const { topic } of sources.all()) {
      if (sources.stateOf(topic) !== 'starting' || underWay.has(topic)) continue;
      underWay.add(topic);
      begin(topic)
        .catch((error: unknown) => {
          logger.warn({ topic, err: messageOf(error) }, 'source.not-begun');
        })
        .finally(() => underWay.delete(topic));
    }
  });
}
