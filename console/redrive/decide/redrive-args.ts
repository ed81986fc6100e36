import { parseArgs } from 'node:util';
import { z } from 'zod';
import { messageOf } from '../../../common/errors.ts';
import { int, ratePerSecond } from '../../../common/setting-types.ts';
import { RATE_ALLOWED, RATE_MAX } from '../../copies/decide/rate.ts';
import { ALL_DEAD_LETTERS } from './judge.ts';
import type { RedriveFilter } from './judge.ts';
import { SINCE_ALLOWED, parseSince } from './since.ts';

export const USAGE = [
  'npm run redrive                                  puts every dead letter back into delivery',
  'npm run redrive -- --status 500 --since 2h --dry-run',
  '',
  '  --id ID            only this delivery; may be given several times',
  '  --subscription ID  only those of this subscription',
  '  --user ID          only those of this user',
  '  --since T          only those dead since an ISO time, or a duration back such as 2h',
  '  --status N         only those whose last attempt was answered with this status',
  '  --rate N           at most N a second; fractions allowed',
  '  --dry-run          counts, and changes nothing',
].join('\n');

export interface RedriveOptions {
  readonly filter: RedriveFilter;
  /** Records a second; null: as fast as Kafka takes them. */
  readonly rate: number | null;
  readonly isDryRun: boolean;
  /** How many of a subscription's (null: of the default endpoint's) at most; default: all. */
  readonly mostFor?: (subscription: string | null) => number;
}

export type RedriveArgs =
  | { readonly kind: 'run'; readonly options: RedriveOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

const name = (what: string) => z.string().min(1, `allowed: ${what}`).optional();
const OPTIONS = {
  id: { type: 'string', multiple: true },
  subscription: { type: 'string' },
  user: { type: 'string' },
  since: { type: 'string' },
  status: { type: 'string' },
  rate: { type: 'string' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the words after `npm run redrive --` and names every bad one.
 *
 * @param nowMs what a duration back is counted from
 */
export function parseRedriveArgs(args: readonly string[], nowMs: number): RedriveArgs {
  let given;
  try {
    given = parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    return { kind: 'refused', problems: [messageOf(error)] };
  }
  if (given.help) return { kind: 'help' };
  const parsed = values(nowMs).safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => {
      const [option, index] = path;
      const value = given[option as keyof typeof given];
      const shown = Array.isArray(value) ? value[Number(index)] : value;
      return `--${String(option)} ${JSON.stringify(shown)}: ${message}`;
    });
    return { kind: 'refused', problems };
  }
  const { id, subscription = null, user = null, since, status = null, rate } = parsed.data;
  const asked = { ids: new Set(id), subscription, user, sinceMs: since ?? null, status };
  const filter = { ...ALL_DEAD_LETTERS, ...asked };
  const isDryRun = given['dry-run'] ?? false;
  return { kind: 'run', options: { filter, rate: rate ?? null, isDryRun } };
}

function values(nowMs: number) {
  return z.object({
    id: z.array(z.string().min(1, 'allowed: the id of a delivery')).default([]),
    subscription: name('the id of a subscription'),
    user: name('the id of a user'),
    since: z
      .string()
      .transform((text, context) => {
        const atMs = parseSince(text, nowMs);
        if (atMs !== null) return atMs;
        context.addIssue({ code: 'custom', message: `allowed: ${SINCE_ALLOWED}` });
        return z.NEVER;
      })
      .optional(),
    status: int({ min: 100, max: 599 }).optional(),
    rate: z
      .string()
      .min(1, RATE_ALLOWED)
      .pipe(ratePerSecond({ max: RATE_MAX }))
      .optional(),
  });
}
