import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBody } from '../../common/http/body.ts';
import { FilterTestBody } from './filter-body.ts';

test('a sample may leave everything out, and a bad filter is refused at its field', () => {
  assert.deepEqual(parseBody(FilterTestBody, {}), { user_id: null });
  assert.deepEqual(parseBody(FilterTestBody, { filter: { user: ['a'] } }).filter, '{"user":["a"]}');
  assert.equal(parseBody(FilterTestBody, { filter: null }).filter, null);
  const refusals: readonly (readonly [unknown, string, RegExp])[] = [
    [{ body: { a: [{ wildcard: 'x' }] } }, 'filter.body.a.0.wildcard', /one of prefix/],
    [{ body: {} }, 'filter.body', /at least one field/],
    [{ user: ['x'.repeat(9_000)] }, 'filter', /8192 characters/],
    [[], 'filter', /record|object/],
  ];
  for (const [filter, field, rule] of refusals) {
    assert.throws(
      () => parseBody(FilterTestBody, { filter }),
      (error: { errors?: { field: string; rule: string }[]; message: string }) =>
        error.message.startsWith(`${field}: `) && rule.test(error.message),
      field,
    );
  }
});
