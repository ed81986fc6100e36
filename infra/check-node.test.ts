import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';

const { problemWith } = createRequire(import.meta.url)('./check-node.cjs') as {
  problemWith: (have: string, need: string) => string;
};

const rows: readonly [have: string, need: string, fits: boolean][] = [
  ['24.0.0', '>=24', true],
  ['24.21.0', '>=24', true],
  ['26.0.0', '>=24', true],
  ['22.22.0', '>=24', false],
  ['9.11.2', '>=24', false],
  ['24.11.9', '>=24.12', false],
  ['24.12.0', '>=24.12', true],
];
for (const [have, need, fits] of rows) {
  test(`Node ${have} ${fits ? 'will do' : 'is refused'} where ${need} is asked for`, () => {
    const problem = problemWith(have, need);
    assert.equal(problem === '', fits);
    if (!fits) assert.match(problem, new RegExp(`needs Node .*this is ${have}[^]*npm ci`));
  });
}

test('where no cache can be made, a start goes without', () => {
  const check = join(import.meta.dirname, 'check-node.cjs');
  const show = 'console.log(process.env.NODE_COMPILE_CACHE ?? "none")';
  const run = (cache: string) => {
    const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: cache };
    const { stdout, status } = spawnSync(process.execPath, ['-r', check, '-e', show], {
      ...{ env, encoding: 'utf8', timeout: 30_000 },
    });
    return { status, said: stdout.trim() };
  };
  // A file, and a folder in none.
  assert.deepEqual(run(check), { status: 0, said: 'none' });
  assert.deepEqual(run(join(check, 'below')), { status: 0, said: 'none' });
});
