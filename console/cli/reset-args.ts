import { z } from 'zod';
import { flag, value } from '../../common/cli/command.ts';
import type { Command, NotToRun } from '../../common/cli/command.ts';
import { parseCommand } from '../../common/cli/parse-command.ts';
import type { ResetTarget } from '../../common/kafka/admin/reset-offsets.ts';
import { INSTANT_ALLOWED } from '../query/instant.ts';
import { parseLogPosition } from '../query/log-position.ts';

const TO_ALLOWED = `allowed: ${INSTANT_ALLOWED}, an offset, earliest or latest`;

const to = z.string().transform((text, context): ResetTarget => {
  const target = parseLogPosition(text);
  if (target) return target;
  context.addIssue({ code: 'custom', message: TO_ALLOWED });
  return z.NEVER;
});

export const RESET = {
  script: 'reset',
  summary:
    'Moves the Kafka offsets of the delivery group, or of one endpoint, with the consumers stopped.',
  examples: [
    ['--to 2026-01-01T00:00:00Z', 'delivers again all written from then on'],
    ['--to earliest --dry-run', 'shows what would be delivered again'],
    ['--to earliest --subscription sub_1', 'delivers all of the log again to one subscription'],
  ],
  options: {
    to: value('T', 'target: an ISO time, an offset, earliest or latest', to),
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

/** Reads the words after `npm run reset --`. */
export function parseResetArgs(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): ResetArgs {
  const parsed = parseCommand(RESET, words, env);
  if (parsed.kind !== 'run') return parsed;
  const { to: target, topic = null, subscription = null, 'dry-run': isDryRun } = parsed.given;
  if (!target) return { kind: 'refused', problems: [`--to "": ${TO_ALLOWED}`] };
  return { kind: 'run', target, topic, subscription, isDryRun };
}
