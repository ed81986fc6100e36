import { asReadable, classify } from './replay-filter.ts';
import { lanesOf, offsetsLeft } from './replay-state.ts';
import type { ReplayRequest } from './replay-state.ts';
import { loadTakes } from './events.ts';
import { Positions } from './positions.ts';
import { scanLanes } from './scan-lanes.ts';
import type { ReplayCount } from './schemas.ts';
import { planWindows } from './store.ts';
import type { StoreDeps } from './store.ts';

/** A dry run: reads the window and changes nothing. @throws BrokerUnavailableError */
export async function countReplay(
  deps: Pick<StoreDeps, 'kafka' | 'names' | 'subscriptions' | 'sources' | 'bodyKeys' | 'logger'> & {
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: { read: number; total: number; copied: number }) => void;
  },
  request: ReplayRequest,
): Promise<ReplayCount> {
  const windows = await planWindows(deps, request);
  const offsets = offsetsLeft(windows);
  const skipped: Record<string, number> = {};
  const takes = await loadTakes(deps, request);
  let matched = 0;
  let read = 0;
  const lanes = lanesOf({ ...windows, topic: request.topic }, deps.names);
  const positions = new Positions(lanes);
  for await (const { topic, partition, records, readTo } of scanLanes(deps, lanes)) {
    for (const record of records) {
      const verdict = asReadable(classify(record, request, '-', takes), deps.bodyKeys);
      if (verdict.kind === 'copy') matched += 1;
      if (verdict.kind === 'skip') skipped[verdict.reason] = (skipped[verdict.reason] ?? 0) + 1;
    }
    read += readTo - positions.of(topic, partition);
    positions.set(topic, partition, readTo);
    deps.onProgress?.({ read, total: offsets, copied: 0 });
    if (deps.signal?.aborted) break;
  }
  const { from, to } = request;
  return { from, to, offsets, matched, skipped };
}
