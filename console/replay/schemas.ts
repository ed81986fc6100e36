import { z } from 'zod';
import { count, time } from '../../common/http/describe.ts';
import { ReplayState } from './replay-state.ts';

/** Shapes of the answers about replays. */

const kept = { windows: true, bulkWindows: true, runner: true } as const;

export const ReplayView = ReplayState.omit({ ...kept, startedAt: true, endedAt: true })
  .extend({
    rate: z.number().nullable().describe('records a second; null: as fast as they are taken'),
    read: count.describe('offsets of the window that were looked at'),
    started_at: time,
    ended_at: time.nullable(),
  })
  .meta({ id: 'Replay' });
export type ReplayView = Readonly<z.infer<typeof ReplayView>>;

export const ReplayList = z.object({ replays: z.array(ReplayView) }).meta({ id: 'ReplayList' });

export const ReplayCount = z
  .object({
    from: z.string().describe('start of the window, with a time in place of a duration back'),
    to: z.string().nullable().describe('end of the window in the same form; null: now'),
    offsets: count.describe('offsets in the window'),
    matched: count.describe('number of records that a replay would copy'),
    skipped: z.record(z.string(), count),
  })
  .meta({ id: 'ReplayCount' });
export type ReplayCount = Readonly<z.infer<typeof ReplayCount>>;
