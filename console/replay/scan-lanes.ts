import { scanTopic } from '../../common/kafka/consume/topic-scan.ts';
import type { RecordBatch } from '../../common/kafka/ports.ts';
import { settled } from '../../common/user-keys/body-keys.ts';
import type { LaneWindows } from './replay-state.ts';
import type { StoreDeps } from './store.ts';

/**
 * Reads the windows of one lane after the other and ends; each batch names its topic.
 *
 * @throws BrokerUnavailableError; AppError schema_unavailable
 */
export async function* scanLanes(
  deps: Pick<StoreDeps, 'kafka' | 'sources' | 'bodyKeys' | 'logger'>,
  lanes: readonly LaneWindows[],
): AsyncGenerator<RecordBatch> {
  for (const { topic, windows } of lanes) {
    // A scan reads to the end of a partition that it is told nothing about.
    if (!windows.some(([, next, end]) => next < end)) continue;
    const from = new Map(windows.map(([partition, next]) => [partition, next]));
    const to = new Map(windows.map(([partition, , end]) => [partition, end]));
    for await (const { records, ...batch } of scanTopic({ ...deps, topic, from, to })) {
      const { sources, bodyKeys } = deps;
      const events = sources ? await sources.readAll(records) : records;
      yield { ...batch, records: await settled(events, bodyKeys) };
    }
  }
}
