import { z } from 'zod';
import { flag, list, value } from '../../common/cli/command.ts';
import type { Command, NotToRun } from '../../common/cli/command.ts';
import { parseCommand } from '../../common/cli/parse-command.ts';
import { int, ratePerSecond } from '../../common/config/setting-types.ts';
import { SINCE_ALLOWED, parseSince } from '../query/since.ts';
import { RATE_ALLOWED, RATE_MAX } from '../republish/rate.ts';
import { ALL_DEAD_LETTERS } from './redrive-filter.ts';
import type { RedriveFilter } from './redrive-filter.ts';
import type { DeadLetterPlace } from './redrive-window.ts';

const text = (what: string) => z.string().min(1, `allowed: ${what}`);
const since = z
  .string()
  .refine((given) => parseSince(given, 0) !== null, { error: `allowed: ${SINCE_ALLOWED}` });
const rate = z
  .string()
  .min(1, RATE_ALLOWED)
  .pipe(ratePerSecond({ max: RATE_MAX }));

export const REDRIVE = {
  script: 'redrive',
  summary: 'Puts dead letters back into delivery.',
  examples: [
    ['--dry-run', 'counts the dead letters by endpoint and status'],
    ['--all', 'puts every dead letter back'],
    ['--status 500 --since 2h', 'puts back those that got a 500 in the last two hours'],
  ],
  options: {
    all: flag('puts every dead letter back'),
    id: list('ID', 'only the delivery with this id', text('the id of a delivery')),
    subscription: value(
      'ID',
      'only dead letters of this subscription',
      text('the id of a subscription'),
    ),
    user: value('ID', 'only dead letters of this user', text('the id of a user')),
    since: value(
      'T',
      'only those dead-lettered since an ISO time, or a duration back such as 2h',
      since,
    ),
    status: value(
      'N',
      'only deliveries whose last attempt was answered with this status',
      int({ min: 100, max: 599 }),
    ),
    rate: value('N', 'puts back at most N a second; fractions allowed', rate),
    'dry-run': flag('counts the dead letters, and changes nothing'),
  },
  notes: [
    'Without --all and without a filter the command counts the dead letters and, on a terminal,',
    'asks before it puts them back.',
  ],
} as const satisfies Command;

export interface RedriveOptions {
  readonly filter: RedriveFilter;
  /** Records a second; null: as fast as Kafka takes them. */
  readonly rate: number | null;
  readonly isDryRun: boolean;
  /** They are given up for good, for this reason, instead of being put back. */
  readonly discardReason?: string;
  /** How many of a subscription's (null: of the default endpoint's) at most; default: all. */
  readonly mostFor?: (subscription: string | null) => number;
  /** Where they lie, as far as is known, so that nothing else is read; default: all is read. */
  readonly places?: readonly DeadLetterPlace[];
}

export type RedriveArgs =
  | {
      readonly kind: 'run';
      readonly options: RedriveOptions;
      /** Every dead letter is meant, and nobody has said so: a person has to confirm it. */
      readonly isUnconfirmed: boolean;
    }
  | NotToRun;

/**
 * Reads the words after `npm run redrive --` and names every bad one.
 *
 * @param nowMs what a duration back is counted from
 */
export function parseRedriveArgs(
  words: readonly string[],
  nowMs: number,
  env: Readonly<Record<string, string | undefined>> = {},
): RedriveArgs {
  const parsed = parseCommand(REDRIVE, words, env);
  if (parsed.kind !== 'run') return parsed;
  const { all, id, subscription = null, user = null, status = null, ...rest } = parsed.given;
  const sinceMs = rest.since === undefined ? null : parseSince(rest.since, nowMs);
  const hasFilter =
    id.length > 0 || [subscription, user, status, sinceMs].some((one) => one !== null);
  if (all && hasFilter) {
    return { kind: 'refused', problems: ['--all: allowed: --all or a filter, and not both'] };
  }
  const filter = { ...ALL_DEAD_LETTERS, ids: new Set(id), subscription, user, sinceMs, status };
  const isDryRun = rest['dry-run'];
  return {
    kind: 'run',
    options: { filter, rate: rest.rate ?? null, isDryRun },
    isUnconfirmed: !all && !hasFilter && !isDryRun,
  };
}
