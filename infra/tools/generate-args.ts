import { z } from 'zod';
import { value } from '../../common/cli/command.ts';
import type { Command, NotToRun } from '../../common/cli/command.ts';
import { parseCommand } from '../../common/cli/parse-command.ts';
import { int, size } from '../../common/config/setting-types.ts';

const ROWS_MAX = 10_000_000_000;
const USERS_MAX = 100_000_000;
const BYTES_MAX = 10e12;
const USERS = 1_000;
const SEED = 1;

export const GENERATE = {
  script: 'generate',
  summary: 'Makes a CSV file of alerts for trying things out.',
  examples: [
    ['--rows 1000000 --users 5000 --out data/inbox/big.csv', 'a million rows'],
    ['--size 2GB --out data/inbox/huge.csv', 'two gigabytes'],
  ],
  options: {
    rows: value('N', 'number of rows; this or --size', int({ min: 1, max: ROWS_MAX })),
    size: value(
      'S',
      'size of the file: 500KB, 300MB, 2GB, 1GiB, …',
      size({ min: 1, max: BYTES_MAX }),
    ),
    out: value(
      'FILE',
      'path of the file, which appears there when complete',
      z.string().min(1, 'allowed: a file'),
    ),
    users: value('N', `number of user ids (default ${USERS})`, int({ min: 1, max: USERS_MAX })),
    seed: value(
      'N',
      `seed; the same number makes the same content (default ${SEED})`,
      int({ min: 0, max: 0xffff_ffff }),
    ),
  },
} as const satisfies Command;

/** End of the file: a number of rows or, on the row that reaches it, a number of bytes. */
export type Target =
  | { readonly kind: 'rows'; readonly rows: number }
  | { readonly kind: 'bytes'; readonly bytes: number };

export interface GenerateOptions {
  readonly target: Target;
  readonly out: string;
  readonly users: number;
  readonly seed: number;
}

export type GenerateArgs = { readonly kind: 'run'; readonly options: GenerateOptions } | NotToRun;

/** Reads the words after `npm run generate --` and names every bad one. */
export function parseGenerateArgs(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): GenerateArgs {
  const parsed = parseCommand(GENERATE, words, env);
  if (parsed.kind !== 'run') return parsed;
  const { rows, size: bytes, out, users = USERS, seed = SEED } = parsed.given;
  const problems = out === undefined ? ['--out: allowed: a file'] : [];
  if ((rows === undefined) === (bytes === undefined)) {
    problems.push('--rows, --size: allowed: one of the two');
  }
  if (problems.length > 0) return { kind: 'refused', problems };
  const target: Target =
    rows === undefined ? { kind: 'bytes', bytes: bytes as number } : { kind: 'rows', rows };
  return { kind: 'run', options: { target, out: out as string, users, seed } };
}
