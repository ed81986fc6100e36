import { posix } from 'node:path';
import { PURE_FILES } from './pure-files.ts';
import { commentWithoutSubject } from './texts.ts';

/** The parts of the system, each a process; none may know another one's inside. */
const PARTS = ['producer', 'consumer', 'console', 'receiver', 'infra'];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  common: [],
  ...Object.fromEntries(PARTS.map((part) => [part, ['common']])),
  bench: ['common', ...PARTS],
  test: ['common', 'bench', ...PARTS, 'examples'],
};

/** Knows nothing of Hookline, nor of Kafka: errors, logging, small tools. */
const BASE = 'common/base/';
const KAFKA = 'common/kafka/';

/** The composition roots: what they import is started, so nobody imports them. */
const ROOT = /(^|\/)(main|start|run)\.ts$/;

/** Clock, randomness, environment, timers: what makes the same call give another answer. */
const AMBIENT =
  /(?<!')\bprocess\.|\bDate\.now\(|\bnew Date\(\)|\bperformance\.|\bMath\.random\(|\brandom\w+\(|\bset(Timeout|Interval|Immediate)\(|\bfetch\(|\bconsole\./;
const PURE_PACKAGES = [
  'zod',
  'ipaddr.js',
  'tinyqueue',
  '@node-rs/crc32',
  'node:util',
  'node:buffer',
];
/** Parts of common/ that do something when called. */
const EFFECTS = /^common\/(kafka\/(?!ports)|cli\/|http\/|process\/|base\/logger|config\/data-dirs)/;

/** Whether clock, randomness and effects are forbidden in a file. */
export function isPure(file: string): boolean {
  return PURE_FILES.has(file);
}

const TRACING_SDK = 'common/tracing/sdk.ts';

/** Gives property tests their seed. */
const SEEDED = 'test/support/property.ts';

const LINES_MAX = 300;
const COLUMNS_MAX = 100;
/** Code is broken by prettier, which leaves comments as they are. */
const COMMENT_LINE = /^ *(\/\/|\/?\*)/;
/** A skip that gives no reason: only with a reason can the absence of a test be judged. */
const SKIP_WITHOUT_REASON =
  /\.skip\(\s*\)|\b(skip|todo): true|\.todo\(|\b(test|it|describe)\.skip\(/;
const ONLY = /\b(test|it|describe|suite)\.only\(|\bonly: true/;

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
  /** Whether it is loaded with the file; else when `import()` is called. */
  readonly isStatic: boolean;
}

/** Returns the imports of a source file, dynamic ones included. */
export function importsOf(text: string): Import[] {
  const statics = /^(?:import|export)\b(\s+type\b)?[^;'"]*?from\s+'([^']+)'/gm;
  const others = /^import '([^']+)'|\bimport\('([^']+)'\)/gm;
  return [
    ...[...text.matchAll(statics)].map((m) => {
      return { from: m[2] ?? '', typeOnly: !!m[1], isStatic: true };
    }),
    ...[...text.matchAll(others)].map((m) => {
      return { from: m[1] ?? m[2] ?? '', typeOnly: false, isStatic: m[1] !== undefined };
    }),
  ];
}

/**
 * Checks one file against the rules of the house.
 *
 * @param file path from the root, with forward slashes
 * @returns one line for each broken rule
 */
export function violations(file: string, text: string): string[] {
  const isTest = file.startsWith('test/') || file.endsWith('.test.ts');
  const found = importsOf(text).flatMap((one) => importViolations(file, one, isTest));
  const lines = text.split('\n').length - 1;
  if (lines > LINES_MAX) found.push(`has ${lines} lines, above ${LINES_MAX}`);
  const wide = text.split('\n').find((l) => l.length > COLUMNS_MAX && COMMENT_LINE.test(l));
  if (wide) found.push(`has a comment above ${COLUMNS_MAX} columns: ${wide.trim()}`);
  const unclear = commentWithoutSubject(text);
  if (unclear) found.push(`has a comment that does not name its subject: ${unclear}`);
  if (/\b(TODO|FIXME|XXX)\b/.test(withoutRules(file, text))) found.push('has a TODO');
  if (!isTest && isPure(file)) {
    const ambient = AMBIENT.exec(withoutComments(text));
    if (ambient) found.push(`uses ${ambient[0]} where only arguments may decide`);
  }
  if (isTest) {
    const code = withoutRules(file, text);
    if (ONLY.test(code)) found.push('runs some of its tests only');
    if (SKIP_WITHOUT_REASON.test(code)) found.push('skips a test without a reason');
  }
  return found.map((problem) => `${file} ${problem}`);
}

function importViolations(
  file: string,
  { from, typeOnly, isStatic }: Import,
  isTest: boolean,
): string[] {
  if (!from.startsWith('.')) return packageViolations(file, from, isTest);
  const target = posix.join(posix.dirname(file), from);
  const problems: string[] = [];
  const [own = '', other = ''] = [file.split('/')[0], target.split('/')[0]];
  const allowed = isTest ? [...(MAY_IMPORT['test'] ?? []), 'test'] : MAY_IMPORT[own];
  if (own !== other && !allowed?.includes(other)) problems.push(`imports ${target}`);
  const isInKafka = [KAFKA, BASE].some((folder) => target.startsWith(folder));
  if (file.startsWith(KAFKA) && !isTest && !isInKafka) {
    problems.push(`imports ${target}, and the Kafka layer imports nothing of ours`);
  }
  if (target === TRACING_SDK && isStatic) problems.push(`imports ${target} at its start`);
  if (ROOT.test(target)) problems.push(`imports the composition root ${target}`);
  const isFromPure = !isTest && isPure(file);
  const pure = isPure(target) || (other === 'common' && !EFFECTS.test(target));
  if (isFromPure && !typeOnly && !pure) problems.push(`imports ${target}, which is not pure`);
  return problems;
}

function packageViolations(file: string, name: string, isTest: boolean): string[] {
  // The benchmarks compare our layer with bare kafkajs.
  if (name === 'kafkajs' && !/^(common\/kafka|bench)\//.test(file)) {
    return ['imports kafkajs outside common/kafka/'];
  }
  // Loaded only where tracing is on: everything else has its types and calls from tracing.ts.
  if (name.startsWith('@opentelemetry/') && file !== TRACING_SDK) {
    return [`imports ${name} outside ${TRACING_SDK}`];
  }
  if (name === 'fast-check' && file !== SEEDED) return [`imports fast-check, and not ${SEEDED}`];
  const isFromPure = !isTest && isPure(file);
  return isFromPure && !PURE_PACKAGES.includes(name)
    ? [`imports ${name} where only arguments may decide`]
    : [];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
}

/** This folder has to name what it forbids. */
function withoutRules(file: string, text: string): string {
  return file.startsWith('test/tidy/') ? '' : text;
}
