import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
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
