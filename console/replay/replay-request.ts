import { z } from 'zod';
import type { ResetTarget } from '../../common/kafka/admin/reset-offsets.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import { CopyRate } from '../republish/rate.ts';
import { logPosition, parseLogPosition } from '../query/log-position.ts';
import { fixedSince } from '../query/since.ts';
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
  .meta({ id: 'ReplayRequest', example: { from: 'earliest', dry_run: true } });
export type ReplayBody = z.output<typeof ReplayBody>;

/** Why this topic is none that can be replayed, or null when it can. */
export function topicRule(
  { topic }: Pick<ReplayRequest, 'topic'>,
  { lanes }: Pick<TopicNames, 'lanes'>,
): string | null {
  return topic === null || lanes.includes(topic) ? null : `allowed: ${lanes.join(' or ')}`;
}

/** The request with times in place of durations back, so that it means the same at every start. */
export function fixedRequest<Asked extends Pick<ReplayRequest, 'from' | 'to'>>(
  asked: Asked,
  nowMs: number,
): Asked {
  const { from, to } = asked;
  return {
    ...asked,
    from: fixedSince(from, nowMs),
    to: to === null ? null : fixedSince(to, nowMs),
  };
}

/**
 * Why a window ends before it begins, or null when it does not. A time and an offset cannot be
 * compared before the log is asked.
 */
export function windowRule(fixed: Pick<ReplayRequest, 'from' | 'to'>): string | null {
  const { from, to } = targetsOf(fixed);
  const isBackward =
    (from.kind === 'time' && to.kind === 'time' && from.atMs >= to.atMs) ||
    (from.kind === 'offset' && to.kind === 'offset' && from.offset >= to.offset);
  return isBackward ? 'a time or an offset after `from`' : null;
}

/** Reads the positions of a fixed request. @returns `to` null: the end of the log */
export function targetsOf({ from, to }: Pick<ReplayRequest, 'from' | 'to'>): {
  readonly from: ResetTarget;
  readonly to: ResetTarget;
} {
  return {
    from: parseLogPosition(from, 0) ?? { kind: 'latest' },
    to: (to === null ? null : parseLogPosition(to, 0)) ?? { kind: 'latest' },
  };
}
