import { parseArgs } from 'node:util';
import { messageOf } from '../../../common/errors.ts';
import { ReplayBody } from './replay-request.ts';
import type { ReplayRequest } from './replay-state.ts';

export const USAGE = [
  'npm run replay -- --from 2026-01-31T08:00:00Z   delivers again what was accepted from then on',
  'npm run replay -- --from earliest --user user-7 --dry-run',
  'npm run replay -- --resume ID                   goes on with one that was interrupted',
  '',
  '  --from T           an ISO time, an offset, or earliest',
  '  --to T             up to this ISO time or offset, itself left out; default: now',
  '  --subscription ID  only deliveries of this subscription',
  '  --user ID          only deliveries of this user',
  '  --partition N      only this partition',
  '  --rate N           at most N a second; fractions allowed',
  '  --dry-run          counts, and changes nothing',
  '',
  'The same words again go on with an interrupted replay.',
].join('\n');

export type ReplayArgs =
  | { readonly kind: 'run'; readonly request: ReplayRequest; readonly isDryRun: boolean }
  /** `rate` undefined: as before. */
  | { readonly kind: 'resume'; readonly id: string; readonly rate?: number }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

const text = { type: 'string' } as const;
const OPTIONS = {
  from: text,
  to: text,
  subscription: text,
  user: text,
  partition: text,
  rate: text,
  resume: text,
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Reads the words after `npm run replay --` and names every bad one. */
export function parseReplayArgs(args: readonly string[]): ReplayArgs {
  let given;
  try {
    given = parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    return { kind: 'refused', problems: [messageOf(error)] };
  }
  const { help, resume, rate, partition, 'dry-run': isDryRun = false, ...rest } = given;
  if (help) return { kind: 'help' };
  if (resume !== undefined) return parseResume(resume, { rate, others: { ...rest, partition } });
  const parsed = ReplayBody.safeParse({
    ...rest,
    ...(partition !== undefined && { partition: toNumber(partition) }),
    ...(rate !== undefined && { rate: toNumber(rate) }),
  });
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => {
      const option = String(path[0]) as keyof typeof given;
      return `--${option} ${JSON.stringify(given[option] ?? '')}: ${message}`;
    });
    return { kind: 'refused', problems };
  }
  const { dry_run: _dryRun, ...request } = parsed.data;
  return { kind: 'run', request, isDryRun };
}

function parseResume(
  id: string,
  { rate, others }: { rate: string | undefined; others: Record<string, string | undefined> },
): ReplayArgs {
  const other = Object.keys(others).find((option) => others[option] !== undefined);
  if (other) {
    const problem = `--${other}: the window of ${id} was fixed at its start; allowed: --rate`;
    return { kind: 'refused', problems: [problem] };
  }
  if (id === '') return { kind: 'refused', problems: ['--resume "": allowed: the id of a replay'] };
  if (rate === undefined) return { kind: 'resume', id };
  const parsed = ReplayBody.shape.rate.safeParse(toNumber(rate));
  if (parsed.success && parsed.data !== null) return { kind: 'resume', id, rate: parsed.data };
  const message = parsed.error?.issues[0]?.message ?? '';
  return { kind: 'refused', problems: [`--rate ${JSON.stringify(rate)}: ${message}`] };
}

/** Digits only: `Number('')` is 0, and `Number('1e3')` no count of partitions. */
function toNumber(words: string): number | string {
  return /^\d+(\.\d+)?$/.test(words) ? Number(words) : words;
}
