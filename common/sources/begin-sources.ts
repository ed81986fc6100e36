import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { GroupView } from '../kafka/admin/group-view.ts';
import type { ResetTarget } from '../kafka/admin/reset-offsets.ts';
import { sourceKey } from '../model/stored-source.ts';
import type { StoredSource } from '../model/stored-source.ts';
import { changeStored } from '../subscriptions/change-stored.ts';
import type { SubscriptionsTopic } from '../subscriptions/change-stored.ts';
import type { SubscriptionTable } from '../subscriptions/default-endpoint.ts';
import { offsetsOf } from '../topics/log-offsets.ts';
import type { TopicWatch } from '../topics/topic-watch.ts';
import type { Sources } from './sources.ts';

interface Deps {
  readonly sources: Pick<Sources, 'all' | 'stateOf' | 'isBySettings' | 'storedOf'>;
  readonly watch: Pick<TopicWatch, 'idOf' | 'onLook'>;
  readonly view: Pick<GroupView, 'bounds' | 'offsetsAt'>;
  readonly table: Pick<SubscriptionTable, 'caughtUp'>;
  readonly stored: SubscriptionsTopic;
  /** Beginning of the sources that the settings name. */
  readonly from: 'now' | 'earliest';
  readonly logger: Logger;
}

/**
 * Writes down where sources begin, once each can be read for the first time: `now` must be the same
 * moment for all consumers, and after a restart. Those that the API has made have their place as a
 * rule: only what could not be read then is found here.
 */
export function beginSources(deps: Deps): void {
  const { sources, watch, view, table, stored, logger } = deps;
  const bySettings: ResetTarget = { kind: deps.from === 'now' ? 'latest' : 'earliest' };
  const underWay = new Set<string>();
  const begin = async (topic: string) => {
    const from = sources.storedOf(topic)?.from ?? bySettings;
    const offsets = await offsetsOf(view, topic, from);
    const begins = { [topic]: { topicId: watch.idOf(topic), offsets } };
    const rules = { kind: 'source', topic, rules: null } as const;
    await changeStored(stored, table, sourceKey(topic), () => {
      const now = sources.storedOf(topic);
      // Another consumer may have begun it: what came since then would be passed over.
      if (now ? now.begins !== null : !sources.isBySettings(topic)) return null;
      const made: StoredSource = { ...rules, from, createdAt: Date.now(), ...now, begins };
      return { value: made };
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
