import { parseArgs } from 'node:util';
import { messageOf } from '../../common/errors.ts';
import type { ResetTarget } from '../../common/kafka/reset-offsets.ts';
import { INSTANT_ALLOWED } from './instant.ts';
import { parseLogPosition } from './log-position.ts';

export const USAGE = [
  'npm run reset -- --to 2026-01-01T00:00:00Z   delivers again what was written from then on',
  'npm run reset -- --to earliest --dry-run',
  '',
  '  --to T      an ISO time, an offset, earliest or latest',
  '  --topic T   another topic of the group, such as a retry topic',
  '  --dry-run   shows what would change, and changes nothing',
].join('\n');

export type ResetArgs =
  | {
      readonly kind: 'run';
      readonly target: ResetTarget;
      /** null: the deliveries topic. */
      readonly topic: string | null;
      readonly isDryRun: boolean;
    }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

const OPTIONS = {
  to: { type: 'string' },
  topic: { type: 'string' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Reads the words after `npm run reset --`. */
export function parseResetArgs(args: readonly string[]): ResetArgs {
  let given;
  try {
    given = parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    return { kind: 'refused', problems: [messageOf(error)] };
  }
  if (given.help) return { kind: 'help' };
  const target = parseLogPosition(given.to ?? '');
  if (!target) {
    const allowed = `${INSTANT_ALLOWED}, an offset, earliest or latest`;
    const problem = `--to ${JSON.stringify(given.to ?? '')}: allowed: ${allowed}`;
    return { kind: 'refused', problems: [problem] };
  }
  if (given.topic === '') return { kind: 'refused', problems: ['--topic "": allowed: a topic'] };
  return { kind: 'run', target, topic: given.topic ?? null, isDryRun: given['dry-run'] ?? false };
}
