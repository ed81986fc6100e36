import { z } from 'zod';
import { count, nextCursor, time } from '../../common/http/describe.ts';

/** Shapes of the answers about dead letters. */

export const DeadLetter = z
  .object({
    id: z.string().nullable().describe('value of the webhook-id header; null: empty'),
    user: z.string().nullable().describe('user id; without one, the id of the subscription'),
    subscription: z.string().nullable().describe('id of the subscription; null: WEBHOOK_URL'),
    event_type: z.string().nullable(),
    status: z.int().nullable().describe('HTTP status of the last attempt; null: no answer'),
    error: z.string(),
    attempts: count,
    redrives: count.describe('how often the delivery was put back before'),
    died_at: time,
    partition: count.describe('partition of the dead-letter topic'),
    offset: count,
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetter = Readonly<z.infer<typeof DeadLetter>>;

export const DeadLetterPage = z
  .object({ dead_letters: z.array(DeadLetter), next_cursor: nextCursor })
  .meta({ id: 'DeadLetterPage' });

const skipped = z.record(z.string(), count).describe('number that cannot be delivered, by reason');
const redriven = { matched: count, redriven: count, skipped };

export const Redriven = z.object(redriven).meta({ id: 'Redriven' });

export const RedriveState = z
  .object({ ...redriven, state: z.enum(['done', 'running']) })
  .meta({ id: 'RedriveState' });

export const Discarded = z
  .object({ matched: count, discarded: count, reason: z.string() })
  .meta({ id: 'Discarded' });

export const DeadLetterGroups = z
  .object({
    groups: z.array(
      z
        .object({
          subscription: z.string().nullable().describe('id of the subscription; null: WEBHOOK_URL'),
          status: z.int().nullable().describe('HTTP status of the last attempt; null: no answer'),
          error: z.string(),
          count,
          last_died_at: time,
        })
        .meta({ id: 'DeadLetterGroup' }),
    ),
  })
  .meta({ id: 'DeadLetterGroups' });

export const FailureGroup = z
  .object({
    subscription: z.string().nullable().describe('id of the subscription; null: WEBHOOK_URL'),
    status: z.string().nullable().describe('HTTP status of the last attempt; null: no answer'),
    count,
  })
  .meta({ id: 'FailureGroup' });
export type FailureGroup = Readonly<z.infer<typeof FailureGroup>>;

export const RedriveCount = z
  .object({
    matched: count,
    skipped,
    failures: z
      .array(FailureGroup)
      .describe('number of matches by endpoint and last status, the most frequent first'),
  })
  .meta({ id: 'RedriveCount' });
