import { z } from 'zod';
import { flag, value } from '../../common/cli/command.ts';
import type { Command, NotToRun } from '../../common/cli/command.ts';
import { parseCommand } from '../../common/cli/parse-command.ts';
import type { ResetTarget } from '../../common/kafka/admin/reset-offsets.ts';
import { PLACE_ALLOWED, parseLogPosition } from '../query/log-position.ts';

const TO_ALLOWED = `allowed: ${PLACE_ALLOWED}, earliest or latest`;

const to = z.string().refine((text) => parseLogPosition(text, 0) !== null, { error: TO_ALLOWED });

export const RESET = {
  script: 'reset',
  summary:
    'Moves the Kafka offsets of the delivery group, or of one endpoint, with the consumers stopped.',
  examples: [
    ['--to 2026-01-01T00:00:00Z', 'delivers again all written from then on'],
    ['--to 2h', 'delivers again all written in the last two hours'],
    ['--to earliest --dry-run', 'shows what would be delivered again'],
    ['--to earliest --subscription sub_1', 'delivers all of the log again to one subscription'],
  ],
  options: {
    to: value(
      'T',
      'target: an ISO time, a duration back such as 2h, an offset, earliest or latest',
      to,
    ),
    topic: value(
      'T',
      'only this topic of the group: a lane or a retry topic; default: both lanes',
      z.string().min(1, 'allowed: a topic'),
    ),
    subscription: value(
      'ID',
      'only this endpoint, no other; `default` means that of WEBHOOK_URL',
      z.string().min(1, 'allowed: the id of a subscription, or default'),
    ),
    'dry-run': flag('shows what would change, and changes nothing'),
  },
} as const satisfies Command;

export type ResetArgs =
  | {
      readonly kind: 'run';
      readonly target: ResetTarget;
      /** null: both lanes of the deliveries. */
      readonly topic: string | null;
      /** null: all endpoints. */
      readonly subscription: string | null;
      readonly isDryRun: boolean;
    }
  | NotToRun;

/**
 * Reads the words after `npm run reset --`.
 *
 * @param nowMs what a duration back is counted from
 */
export function parseResetArgs(
  words: readonly string[],
  nowMs: number,
  env: Readonly<Record<string, string | undefined>> = {},
): ResetArgs {
  const parsed = parseCommand(RESET, words, env);
  if (parsed.kind !== 'run') return parsed;
  const { to: place = '', topic = null, subscription = null, 'dry-run': isDryRun } = parsed.given;
  const target = parseLogPosition(place, nowMs);
  if (!target) return { kind: 'refused', problems: [`--to "": ${TO_ALLOWED}`] };
  return { kind: 'run', target, topic, subscription, isDryRun };
}
