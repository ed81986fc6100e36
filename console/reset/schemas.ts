import { z } from 'zod';
import { count } from '../../common/http/describe.ts';
import { logPosition } from '../query/log-position.ts';
import { NAMED_MAX } from './begin.ts';

/** Body of `POST /offsets/reset`. */
export const ResetBody = z
  .strictObject({
    to: logPosition(['earliest', 'latest']),
    topic: z
      .string()
      .min(1, 'allowed: a topic that the consumers read')
      .nullable()
      .default(null)
      .describe('topic that the consumers read; null: both lanes'),
    subscription: z
      .string()
      .min(1, 'allowed: the id of a subscription, or default')
      .nullable()
      .default(null)
      .describe('id of one subscription, or default; null: all endpoints'),
    dry_run: z.boolean('allowed: true or false').default(false),
  })
  .meta({ id: 'ResetRequest', example: { to: 'earliest', dry_run: true } });

const PartitionReset = z
  .object({
    partition: count,
    from: count.nullable().describe('offset now; null: none is committed'),
    to: count.describe('offset after the reset'),
    end: count.describe('end of the log'),
    moved: z
      .enum(['into_log', 'to_begin'])
      .nullable()
      .describe(
        'why `to` is not what was asked for: `into_log`, as the log does not hold that offset, ' +
          '`to_begin`, as the endpoint begins later; null: it is what was asked for',
      ),
  })
  .meta({ id: 'PartitionReset' });

export const ResetPlan = z
  .object({
    done: z.boolean().describe('false: a dry run, nothing was changed'),
    members: z
      .array(z.string())
      .describe('consumers that run; while there are any, a reset is refused'),
    topics: z.array(
      z
        .object({
          topic: z.string(),
          group: z.string(),
          again: count.describe('offsets from there to the end, transaction markers included'),
          partitions: z.array(PartitionReset),
        })
        .meta({ id: 'TopicReset' }),
    ),
    begin_later: z
      .array(z.string())
      .describe(
        `at most ${NAMED_MAX} endpoints that begin later, and get nothing from before their begin`,
      ),
    begin_later_count: count,
  })
  .meta({ id: 'ResetPlan' });
export type ResetPlan = Readonly<z.infer<typeof ResetPlan>>;
