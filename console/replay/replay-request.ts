import { z } from 'zod';
import type { ResetTarget } from '../../common/kafka/admin/reset-offsets.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import { CopyRate } from '../republish/rate.ts';
import { logPosition, parseLogPosition } from '../query/log-position.ts';
import type { ReplayRequest } from './replay-state.ts';

const name = (what: string) => z.string().min(1, `allowed: ${what}`).nullable().default(null);

/** Body of `POST /replays`. */
export const ReplayBody = z
  .strictObject({
    from: logPosition(['earliest']),
    to: logPosition([])
      .nullable()
      .default(null)
      .meta({ type: ['string', 'null'] }),
    subscription: name('the id of a subscription, or default').describe(
      'id of a subscription; `default` is WEBHOOK_URL; null: all endpoints',
    ),
    user: name('the id of a user'),
    topic: name('the topic of one lane, or a source topic').describe(
      'topic of one lane, or a source topic; null: both lanes',
    ),
    partition: z
      .int('allowed: the number of a partition')
      .min(0, 'allowed: the number of a partition')
      .nullable()
      .default(null),
    rate: CopyRate,
    dry_run: z.boolean('allowed: true or false').default(false),
  })
  .refine(isForward, { path: ['to'], error: 'allowed: a time or an offset after `from`' })
  .meta({ id: 'ReplayRequest', example: { from: 'earliest', dry_run: true } });
export type ReplayBody = z.output<typeof ReplayBody>;

/** Why this topic is none that can be replayed, or null when it can. */
export function topicRule(
  { topic }: Pick<ReplayRequest, 'topic'>,
  { lanes }: Pick<TopicNames, 'lanes'>,
): string | null {
  return topic === null || lanes.includes(topic) ? null : `allowed: ${lanes.join(' or ')}`;
}

/** Reads the positions at which a replay begins and ends. @returns `to` null: the end of the log */
export function targetsOf({ from, to }: Pick<ReplayRequest, 'from' | 'to'>): {
  readonly from: ResetTarget;
  readonly to: ResetTarget;
} {
  return {
    from: parseLogPosition(from) ?? { kind: 'latest' },
    to: (to === null ? null : parseLogPosition(to)) ?? { kind: 'latest' },
  };
}

/** A time and an offset cannot be compared before the log is asked. */
function isForward(body: { readonly from: string; readonly to: string | null }): boolean {
  const { from, to } = targetsOf(body);
  if (from.kind === 'time' && to.kind === 'time') return from.atMs < to.atMs;
  if (from.kind === 'offset' && to.kind === 'offset') return from.offset < to.offset;
  return true;
}
