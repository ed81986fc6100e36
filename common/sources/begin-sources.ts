import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { GroupView } from '../kafka/admin/group-view.ts';
import { partitionOf } from '../kafka/produce/partitioner.ts';
import type { Publisher } from '../kafka/ports.ts';
import { sourceKey } from '../model/stored-source.ts';
import type { StoredSource } from '../model/stored-source.ts';
import type { TopicWatch } from '../topics/topic-watch.ts';
import type { Sources } from './sources.ts';

interface Deps {
  readonly sources: Pick<Sources, 'all' | 'stateOf'>;
  readonly watch: Pick<TopicWatch, 'idOf' | 'onLook'>;
  readonly view: Pick<GroupView, 'bounds'>;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly from: 'now' | 'earliest';
  /** The subscriptions topic. */
  readonly to: { readonly topic: string; readonly partitions: number };
  readonly logger: Logger;
}

const WRITE_DEADLINE_MS = 10_000;

/**
 * Writes down where the sources of the settings begin, once each can be read for the first time:
 * `now` must be the same moment for all consumers, and after a restart.
 */
export function beginSources({ sources, watch, view, from, logger, ...deps }: Deps): void {
  const underWay = new Set<string>();
  const begin = async (topic: string) => {
    const bounds = from === 'now' ? [...(await view.bounds(topic))] : [];
    const offsets = bounds.sort(([a], [b]) => a - b).map(([, { high }]) => high);
    const begins = { [topic]: { topicId: watch.idOf(topic), offsets } };
    await writeSource(deps, { kind: 'source', topic, rules: null, begins, createdAt: Date.now() });
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

/** @throws BrokerUnavailableError: it may have been written all the same */
export async function writeSource(
  { publisher, to }: Pick<Deps, 'publisher' | 'to'>,
  source: StoredSource,
): Promise<void> {
  const key = sourceKey(source.topic);
  const partition = partitionOf(key, to.partitions);
  const value = JSON.stringify(source);
  const record = { topic: to.topic, partition, key, value, headers: {} };
  await publisher.publish(record, WRITE_DEADLINE_MS);
}
