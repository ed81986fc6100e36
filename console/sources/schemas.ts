import { z } from 'zod';
import { count, nextCursor, time } from '../../common/http/describe.ts';
import { SourceStatus } from '../status/source-status.ts';

/** Shapes of the answers about sources. */

export const SourceView = SourceStatus.extend({
  reason: z
    .string()
    .nullable()
    .describe('why it is not read, and what to do: the topic, or the ACL, that is missing'),
  partitions: count.nullable().describe('partitions of the topic; null: not known'),
  user_id: z.string().describe('where a record names its user'),
  event_type: z.string().describe('where it names its event type; else it is the topic'),
  tombstones: z.enum(['skip', 'deliver']),
  to_default: z.boolean(),
  from: z.string().describe('where it was to begin: `now`, `earliest`, a time or an offset'),
  by: z
    .enum(['settings', 'api'])
    .describe('settings: SOURCE_TOPICS names it, so that it cannot be changed here'),
  created_at: time.nullable().describe('when it was begun; null: it was not yet'),
}).meta({ id: 'Source' });
export type SourceView = z.infer<typeof SourceView>;

export const SourcePage = z
  .object({ sources: z.array(SourceView), next_cursor: nextCursor })
  .meta({ id: 'SourcePage' });
