import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { baseRoutes } from '../../common/http/openapi/base.ts';
import { PROBLEMS } from '../../common/http/problem-types.ts';
import { consoleRoutes } from '../../console/openapi.ts';
import { producerRoutes } from '../../producer/http/openapi.ts';

const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');

test('docs/api.md has every route', () => {
  const paths = [...producerRoutes, ...consoleRoutes, ...baseRoutes].map(({ path }) => path);
  assert.deepEqual(
    paths.filter((path) => !text.includes(`${path}\``)),
    [],
  );
});

test('docs/api.md has every problem as the code has it', () => {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, meaning }]) => `| ${status} | \`${code}\` | ${meaning} |`,
  );
  assert.deepEqual(
    rows.filter((row) => !text.includes(row)),
    [],
  );
});

test('docs/api.md has every figure of our own', () => {
  const files = globSync('{common,producer,consumer,console,receiver}/**/*.ts');
  const names = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/name: '(hookline_\w+)'/g)].map(([, name]) => name),
  );
  assert.ok(names.length > 20, names.join());
  assert.deepEqual(
    names.filter((name) => !text.includes(`\`${name}\``)),
    [],
  );
});
