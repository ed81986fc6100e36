import { offsetsRead } from './replay-state.ts';
import type { ReplayState } from './replay-state.ts';
import type { ReplayView } from './schemas.ts';

/** A replay for people and programs: the answer of `GET /replays/:id`. */
export function replayView(replay: ReplayState): ReplayView {
  const { windows: _live, bulkWindows: _bulk, runner: _runner, ...rest } = replay;
  const { startedAt, endedAt, ...shown } = rest;
  return {
    ...shown,
    read: offsetsRead(replay),
    started_at: new Date(startedAt).toISOString(),
    ended_at: endedAt === null ? null : new Date(endedAt).toISOString(),
  };
}
