import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { test } from 'node:test';
import { circlesOf, fileImports, folderImports } from './circles.ts';
import { PURE_FILES } from './pure-files.ts';
import { violations } from './rules.ts';

const files = globSync('**/*.ts', { exclude: ['node_modules', 'data', 'coverage'] }).map((file) =>
  file.split(sep).join('/'),
);

test('every source file keeps the rules of the house', () => {
  assert.ok(files.length > 30, `only ${files.length} files found`);
  assert.deepEqual(
    files.flatMap((file) => violations(file, readFileSync(file, 'utf8'))),
    [],
  );
});

/**
 * Imports of types that still close a circle of files: a record, whose it is, and the partition
 * that has it. The list may only become shorter.
 */
const STILL_CIRCULAR: readonly [from: string, to: string][] = [
  ['consumer/partition/home.ts', './offset-tracker.ts'],
  ['consumer/partition/home.ts', './partition-state.ts'],
  ['consumer/partition/partition-state.ts', './endpoint-backlog.ts'],
];

const texts = new Map(
  files
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => [file, readFileSync(file, 'utf8')]),
);

test('no folder imports one that imports it, however many are in between', () => {
  const folders = folderImports(texts);
  assert.ok(folders.size > 40, `only ${folders.size} folders found`);
  assert.deepEqual(circlesOf(folders), []);
});

test('no file imports one that imports it, however many are in between', () => {
  const cut = new Map(texts);
  for (const [from, to] of STILL_CIRCULAR) {
    const line = new RegExp(`^import type .* from '${to.replaceAll('.', '\\.')}';$`, 'm');
    const text = cut.get(from) ?? '';
    assert.match(text, line, `${from} is no longer to be listed`);
    cut.set(from, text.replace(line, ''));
  }
  assert.deepEqual(circlesOf(fileImports(cut)), []);
});

test('a circle is found, however long, of folders and of files', () => {
  const circle = new Map([
    ['a/x/one.ts', "import type { T } from '../y/two.ts';"],
    ['a/y/two.ts', "import { t } from '../z/three.ts';"],
    ['a/z/three.ts', "import { t } from '../x/other.ts';"],
    ['a/root.ts', "import { t } from './x/one.ts';"],
  ]);
  assert.deepEqual(circlesOf(folderImports(circle)), ['a/x → a/y → a/z → a/x']);
  assert.deepEqual(circlesOf(fileImports(circle)), []);
  circle.set('a/x/other.ts', "import './one.ts';");
  assert.deepEqual(circlesOf(fileImports(circle)), [
    'a/x/one.ts → a/y/two.ts → a/z/three.ts → a/x/other.ts → a/x/one.ts',
  ]);
});

test('each file that is listed as pure is there', () => {
  assert.deepEqual(
    [...PURE_FILES].filter((file) => !files.includes(file)),
    [],
  );
});

// The rules themselves: a check that cannot fail is worth nothing.
const broken: readonly [title: string, file: string, text: string][] = [
  ['common imports a part', 'common/a.ts', "import { x } from '../producer/x.ts';"],
  ['a part imports another', 'consumer/a.ts', "import type { X } from '../producer/x.ts';"],
  ['a part re-exports another', 'consumer/a.ts', "export { x } from '../producer/x.ts';"],
  ['a part imports a test', 'infra/a.ts', "import { x } from '../test/support/x.ts';"],
  ['a dynamic import', 'console/a.ts', "const x = await import('../infra/x.ts');"],
  ['an import over lines', 'console/a.ts', "import {\n  x,\n} from '../infra/x.ts';"],
  ['a composition root is imported', 'test/a.ts', "import '../consumer/main.ts';"],
  ['Kafka knows of ours', 'common/kafka/a.ts', "import { x } from '../security/secrets.ts';"],
  ['kafkajs elsewhere', 'producer/a.ts', "import type { Kafka } from 'kafkajs';"],
  ['kafkajs in a test', 'test/integration/a.test.ts', "import { Kafka } from 'kafkajs';"],
  ['OpenTelemetry elsewhere', 'consumer/a.ts', "import { trace } from '@opentelemetry/api';"],
  ['the SDK of traces at a start', 'common/tracing/a.ts', "import { startSdk } from './sdk.ts';"],
  ['an unseeded property', 'common/a.test.ts', "import fc from 'fast-check';"],
  ['a clock', 'consumer/outcome/next-step.ts', 'const now = Date.now();'],
  ['randomness', 'console/dead-letters/tally.ts', 'const x = Math.random();'],
  ['the environment', 'infra/process/plan-ports.ts', 'const x = process.env.X;'],
  ['a timer', 'infra/process/plan-ports.ts', 'setTimeout(f, 1);'],
  ['the disk', 'infra/process/plan-ports.ts', "import { readFileSync } from 'node:fs';"],
  ['an adapter', 'infra/process/plan-ports.ts', "import { x } from './ports.ts';"],
  [
    'an effect of common',
    'infra/process/plan-ports.ts',
    "import { x } from '../common/base/logger.ts';",
  ],
  ['a file too long', 'common/a.ts', 'x;\n'.repeat(301)],
  ['a wide comment', 'common/a.ts', `// ${'x'.repeat(98)}`],
  ['a docstring with Of', 'common/a.ts', '/** Of a batch. */\nconst x = 1;'],
  ['a long docstring with What', 'common/a.ts', '  /**\n   * What is left\n   * of it.\n   */\n'],
  ['a paragraph with Of', 'common/a.ts', '/**\n * Reads.\n *\n * Of two, one is read.\n */\n'],
  ['a comment with What', 'common/a.ts', 'x;\n  // What came is read.\n'],
  ['a forgotten mark', 'common/a.ts', '// TODO: later'],
  ['one test only', 'common/a.test.ts', "test.only('x', () => {});"],
  ['a silent skip', 'common/a.test.ts', "test('x', { skip: true }, () => {});"],
  ['a skip in the body', 'common/a.test.ts', 't.skip();'],
];
for (const [title, file, text] of broken) {
  test(`the rules refuse: ${title}`, () => {
    assert.equal(violations(file, text).length, 1, text);
  });
}

const kept: readonly [title: string, file: string, text: string][] = [
  ['a part imports common', 'consumer/a.ts', "import { x } from '../common/x.ts';"],
  ['kafkajs in its folder', 'common/kafka/a.ts', "import { Kafka } from 'kafkajs';"],
  ['kafkajs in a benchmark', 'bench/a.ts', "import { Kafka } from 'kafkajs';"],
  ['the SDK of traces when asked for', 'common/tracing/a.ts', "await import('./sdk.ts');"],
  ['a test imports a part', 'test/integration/a.test.ts', "import '../../infra/x.ts';"],
  ['a type of an adapter', 'infra/process/plan-ports.ts', "import type { X } from './ports.ts';"],
  [
    'a word in a comment',
    'infra/process/plan-ports.ts',
    '/** not Date.now() */ // nor process.env\n',
  ],
  [
    'a wrapped comment',
    'common/a.ts',
    '/**\n * Reads a part\n * Of it. */\n// Two lines,\n// What\n',
  ],
  ['a word like Of', 'common/a.ts', '/** Offset of a record. */\n// Whatever comes.\n'],
  ['a skip with a reason', 'common/a.test.ts', "test('x', { skip: noProc && 'no /proc' }, f);"],
];
for (const [title, file, text] of kept) {
  test(`the rules allow: ${title}`, () => {
    assert.deepEqual(violations(file, text), []);
  });
}

/** Ways to make HTML of a text: on the dashboard the texts of the system stay texts. */
const MAKES_HTML =
  /\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write)\b/;

test('the dashboard makes HTML of no text', () => {
  const pages = globSync('console/dashboard/app/**/*.js');
  assert.ok(pages.length > 10, `only ${pages.length} files found`);
  assert.deepEqual(
    pages.filter((file) => MAKES_HTML.test(readFileSync(file, 'utf8'))),
    [],
  );
  assert.match('element.innerHTML = text', MAKES_HTML);
});
