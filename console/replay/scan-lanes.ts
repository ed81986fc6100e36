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
    for await (const batch of scanTopic({ ...deps, topic, from, to })) yield* asEvents(batch, deps);
  }
}

/** A batch as it is, or in parts, where a record cannot be read before the others were taken. */
async function* asEvents(
  batch: RecordBatch,
  { sources, bodyKeys }: Pick<StoreDeps, 'sources' | 'bodyKeys'>,
): AsyncGenerator<RecordBatch> {
  let rest = batch.records;
  for (let heldAt: number | null = -1; heldAt !== null;) {
    const part = sources ? await sources.readAll(rest) : { read: rest, heldAt: null };
    heldAt = part.heldAt;
    const readTo = heldAt ?? batch.readTo;
    yield { ...batch, readTo, records: await settled(part.read, bodyKeys) };
    rest = rest.filter(({ offset }) => offset >= readTo);
  }
}
