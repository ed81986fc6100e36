// Goal: every file runs once, in the lane that suits it, and what goes wrong in any fails the run.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ALONE, HEAVY, LONGEST, lanesOf } from '../support/lanes.ts';
import { tempDir } from '../support/temp-dir.ts';

const RUN_LANES = new URL('../support/run-lanes.ts', import.meta.url).href;

test('what measures time runs alone, the longest first, and every file once', () => {
  assert.deepEqual(
    [...ALONE, ...HEAVY, ...LONGEST].filter((file) => !existsSync(file)),
    [],
  );
  const [alone = ''] = ALONE;
  const others = ['common/a.test.ts', 'test/integration/a/x.test.ts', 'test/issues/x.test.ts'];
  const [longest = ''] = LONGEST;
  const more = ['test/container/x.test.ts', 'test/tidy/a.test.ts', `./${alone}`, `./${longest}`];
  const lanes = lanesOf([...others, ...more]);
  assert.deepEqual(
    lanes.map(({ name, files }) => [name, ...files]),
    [
      ['unit', 'common/a.test.ts', 'test/tidy/a.test.ts'],
      ['integration', `./${longest}`, 'test/integration/a/x.test.ts', 'test/issues/x.test.ts'],
      ['container', 'test/container/x.test.ts'],
      ['integration, alone', `./${alone}`],
    ],
  );
  assert.equal(lanes.at(-1)?.atOnce, 1);
  assert.deepEqual(
    lanes.filter(({ measures }) => measures).map(({ name }) => name),
    ['integration, alone'],
  );
});

/** Runs two lanes, a file each. @returns whether they passed, and the report */
function runTwo(t: TestContext, first: string, second: string) {
  const dir = tempDir(t);
  const files = [first, second].map((body, index) => {
    const file = join(dir, `${index}.test.mjs`);
    writeFileSync(file, `import { test } from 'node:test';\n${body}`);
    return file;
  });
  const lanes = files.map((file, index) => ({
    name: `lane ${index}`,
    files: [file],
    atOnce: index + 1,
    measures: index === 0,
  }));
  const script = `
    import { runLanes } from '${RUN_LANES}';
    const { signal } = new AbortController();
    const quickStarts = { QUICK: 'yes' };
    const options = { execArgv: [], env: process.env, quickStarts, signal };
    process.exitCode = (await runLanes(${JSON.stringify(lanes)}, options)) ? 0 : 3;`;
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const main = join(dir, 'main.mjs');
  writeFileSync(main, script);
  const { status, stdout } = spawnSync(process.execPath, [main], { env, encoding: 'utf8' });
  return { passed: status === 0, status, report: stdout };
}

const FINE = "test('fine', () => {});";

test('the report counts the tests of all lanes', (t) => {
  const { passed, report } = runTwo(t, `${FINE}\n${FINE}`, FINE);
  assert.ok(passed, report);
  assert.match(report, /^ℹ tests 3\n(?:ℹ .*\n)*ℹ pass 3\nℹ fail 0$/m);
  assert.equal(report.match(/^ℹ tests /gm)?.length, 1);
  assert.match(report, /^ℹ lane 0: 2 tests, 2 passed, in \d+ s\nℹ lane 1: 1 tests, 1 passed/m);
});

test('only files that do not measure start all processes the cheap way', (t) => {
  const fails = (when: string) => `test('loads', () => { if (${when}) throw new Error('no'); });`;
  const has = "process.env.QUICK === 'yes'";
  const { passed, report } = runTwo(t, fails(has), fails(`!(${has})`));
  assert.ok(passed, report);
});

for (const [title, body] of [
  ['a test that fails', "test('bad', () => { throw new Error('no'); });"],
  ['a file that throws', "throw new Error('no');"],
  ['a process that ends early', `${FINE} process.exit(1);`],
  ['a crash after the tests', `${FINE} setTimeout(() => { throw new Error('late'); }, 100);`],
  ['a process that is killed', `${FINE} process.kill(process.pid, 'SIGKILL');`],
] as const) {
  test(`${title} fails the run, and the next lane runs all the same`, (t) => {
    const { status, report } = runTwo(t, body, "test('the next', () => {});");
    assert.equal(status, 3, report);
    assert.match(report, /✔ the next/);
    assert.match(report, /✖ failing tests/);
  });
}
