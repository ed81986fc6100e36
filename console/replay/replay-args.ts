import { z } from 'zod';
import { flag, value } from '../../common/cli/command.ts';
import type { Command, NotToRun } from '../../common/cli/command.ts';
import { parseCommand } from '../../common/cli/parse-command.ts';
import { ReplayBody, fixedRequest, windowRule } from './replay-request.ts';
import type { ReplayRequest } from './replay-state.ts';

/** The rules of the values are those of `POST /replays`, which know them all together. */
const text = z.string();

export const REPLAY = {
  script: 'replay',
  summary: 'Delivers a part of the log again, while the system runs.',
  examples: [
    ['--from 2026-01-31T08:00:00Z', 'delivers again all that was accepted from then on'],
    ['--from 2h', 'delivers again all that was accepted in the last two hours'],
    ['--from earliest --user user-7 --dry-run', 'counts what would be delivered again'],
    ['--resume ID', 'continues a replay that was interrupted'],
  ],
  options: {
    from: value(
      'T',
      'start: an ISO time, a duration back such as 2h, an offset, or earliest',
      text,
    ),
    to: value(
      'T',
      'end: a time, a duration back or an offset, itself left out; default: now',
      text,
    ),
    subscription: value('ID', 'only deliveries of this subscription; default is WEBHOOK_URL', text),
    user: value('ID', 'only deliveries of this user', text),
    topic: value('T', 'only this lane of the deliveries, by the name of its topic', text),
    partition: value('N', 'only this partition', text),
    rate: value('N', 'copies at most N a second; fractions allowed', text),
    resume: value('ID', 'continues this replay, with its start and end', text),
    'dry-run': flag('counts the deliveries, and changes nothing'),
  },
  notes: [
    'The same words again go on with an interrupted replay. With a duration back they mean',
    'another window each time: such a replay goes on by --resume.',
  ],
} as const satisfies Command;

export type ReplayArgs =
  | { readonly kind: 'run'; readonly request: ReplayRequest; readonly isDryRun: boolean }
  /** `rate` undefined: as before. */
  | { readonly kind: 'resume'; readonly id: string; readonly rate?: number }
  | NotToRun;

/**
 * Reads the words after `npm run replay --` and names every bad one.
 *
 * @param nowMs what a duration back is counted from
 */
export function parseReplayArgs(
  words: readonly string[],
  nowMs: number,
  env: Readonly<Record<string, string | undefined>> = {},
): ReplayArgs {
  const command = parseCommand(REPLAY, words, env);
  if (command.kind !== 'run') return command;
  const { given } = command;
  const { resume, rate, partition, 'dry-run': isDryRun, ...rest } = given;
  if (resume !== undefined) {
    const others = { ...rest, partition, 'dry-run': isDryRun ? '' : undefined };
    return parseResume(resume, { rate, others });
  }
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
  const { dry_run: _dryRun, ...asked } = parsed.data;
  const request = fixedRequest(asked, nowMs);
  const backward = windowRule(request);
  if (backward !== null) {
    const problem = `--to ${JSON.stringify(given.to ?? '')}: allowed: ${backward}`;
    return { kind: 'refused', problems: [problem] };
  }
  return { kind: 'run', request, isDryRun };
}

function parseResume(
  id: string,
  {
    rate,
    others,
  }: { rate: string | undefined; others: Readonly<Record<string, string | undefined>> },
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
