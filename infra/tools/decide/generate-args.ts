import { parseArgs } from 'node:util';
import { z } from 'zod';
import { messageOf } from '../../../common/errors.ts';
import { int } from '../../../common/setting-types.ts';

export const USAGE = [
  'npm run generate -- --rows 1000000 --users 5000 --out data/inbox/big.csv',
  'npm run generate -- --size 2GB --out data/inbox/huge.csv',
  '',
  '  --rows N     how many rows; or',
  '  --size S     how large: 500KB, 300MB, 2GB, 1GiB, …',
  '  --out FILE   where to; it appears there when it is whole',
  '  --users N    different user ids (1000)',
  '  --seed N     another number, another content; the same number, the same content (1)',
].join('\n');

/** Where to end: at a number of rows or, on the row that reaches it, at a number of bytes. */
export type Target =
  | { readonly kind: 'rows'; readonly rows: number }
  | { readonly kind: 'bytes'; readonly bytes: number };

export interface GenerateOptions {
  readonly target: Target;
  readonly out: string;
  readonly users: number;
  readonly seed: number;
}

export type GenerateArgs =
  | { readonly kind: 'run'; readonly options: GenerateOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

const ROWS_MAX = 10_000_000_000;
const USERS_MAX = 100_000_000;
const BYTES_MAX = 10e12;
const UNIT_BYTES: Record<string, number> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

const Values = z.object({
  rows: int({ min: 1, max: ROWS_MAX }).optional(),
  size: z.string().transform(parseSize).optional(),
  out: z.string({ error: 'allowed: a file' }).min(1, 'allowed: a file'),
  users: int({ min: 1, max: USERS_MAX }).default(1_000),
  seed: int({ min: 0, max: 0xffff_ffff }).default(1),
});

/** Reads the words after `npm run generate --` and names every bad one. */
export function parseGenerateArgs(args: readonly string[]): GenerateArgs {
  const text = { type: 'string' } as const;
  let given: Record<string, string | boolean | undefined>;
  try {
    const options = { rows: text, size: text, out: text, users: text, seed: text };
    const help = { type: 'boolean', short: 'h' } as const;
    given = parseArgs({ args: [...args], options: { ...options, help } }).values;
  } catch (error) {
    return { kind: 'refused', problems: [messageOf(error)] };
  }
  if (given['help']) return { kind: 'help' };
  const parsed = Values.safeParse(given);
  const problems = (parsed.error?.issues ?? []).map(({ path, message }) => {
    const name = String(path[0]);
    return `--${name}${name in given ? ` ${JSON.stringify(given[name])}` : ''}: ${message}`;
  });
  if ('rows' in given === 'size' in given) problems.push('--rows, --size: allowed: one of the two');
  if (!parsed.success || problems.length > 0) return { kind: 'refused', problems };
  const { rows, size, out, users, seed } = parsed.data;
  const target: Target =
    rows === undefined ? { kind: 'bytes', bytes: size as number } : { kind: 'rows', rows };
  return { kind: 'run', options: { target, out, users, seed } };
}

function parseSize(text: string, context: z.RefinementCtx): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text) ?? [];
  const bytes = Math.round(Number(number) * (UNIT_BYTES[(unit || 'B').toUpperCase()] ?? NaN));
  if (bytes >= 1 && bytes <= BYTES_MAX) return bytes;
  context.addIssue({
    code: 'custom',
    message: 'allowed: a size up to 10TB in B, KB, MB, GB, TB, KiB, MiB, GiB or TiB, such as 2GB',
  });
  return z.NEVER;
}
