import { z } from 'zod';
import type { ResetTarget } from '../../../common/kafka/reset-offsets.ts';
import type { TopicNames } from '../../../common/topics.ts';
import { CopyRate } from '../../copies/decide/rate.ts';
import { INSTANT_ALLOWED } from '../../decide/instant.ts';
import { parseLogPosition } from '../../decide/log-position.ts';
import type { ReplayRequest } from './replay-state.ts';

/** A position as text; a number, too, since JSON has them. */
const position = (words: readonly string[], orNull: readonly { readonly type: 'null' }[] = []) =>
  z
    .union([z.string(), z.number()], { error: `allowed: ${allowed(words)}` })
    .transform(String)
    .refine((text) => words.includes(text) || isPlace(text), {
      error: `allowed: ${allowed(words)}`,
    })
    .meta({
      anyOf: [
        { type: 'string', format: 'date-time' },
        { type: 'string', pattern: '^\\d{1,15}$' },
        { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 },
        ...words.map((word) => ({ const: word })),
        ...orNull,
      ],
      example: words[0] ?? '2026-01-31T08:00:00Z',
    });

const isPlace = (text: string) => ['offset', 'time'].includes(parseLogPosition(text)?.kind ?? '');

const allowed = (words: readonly string[]) =>
  [INSTANT_ALLOWED, 'an offset', ...words].join(', ').replace(/, ([^,]+)$/, ' or $1');

const name = (what: string) => z.string().min(1, `allowed: ${what}`).nullable().default(null);

/** Body of `POST /replays`. */
export const ReplayBody = z
  .strictObject({
    from: position(['earliest']),
    to: position([], [{ type: 'null' }])
      .nullable()
      .default(null),
    subscription: name('the id of a subscription'),
    user: name('the id of a user'),
    topic: name('the topic of one lane').describe('one lane, by its topic; null: both'),
    partition: z
      .int('allowed: the number of a partition')
      .min(0, 'allowed: the number of a partition')
      .nullable()
      .default(null),
    rate: CopyRate,
    dry_run: z.boolean('allowed: true or false').default(false),
  })
  .refine(isForward, { path: ['to'], error: 'allowed: a time or an offset after `from`' });
export type ReplayBody = z.output<typeof ReplayBody>;

/** Why this topic is none that can be replayed, or null when it can. */
export function topicRule(
  { topic }: Pick<ReplayRequest, 'topic'>,
  { lanes }: Pick<TopicNames, 'lanes'>,
): string | null {
  return topic === null || lanes.includes(topic) ? null : `allowed: ${lanes.join(' or ')}`;
}

/** Where a replay begins and ends. @returns `to` null: the end of the log */
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
