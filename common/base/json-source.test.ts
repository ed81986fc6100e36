import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonTexts } from '../../test/support/json-text.ts';
import fc from '../../test/support/property.ts';
import { elementsOf, membersOf } from './json-source.ts';

const { value, space } = jsonTexts();

test('the members of any object are found as they stand in its text', () => {
  const name = fc.string({ unit: 'grapheme', maxLength: 5 });
  const members = fc.array(fc.tuple(name, value, space), { maxLength: 5 });
  fc.assert(
    fc.property(members, space, (all, s) => {
      const parts = all.map(
        ([n, v, around]) => `${around}${JSON.stringify(n)}${around}:${around}${v}${around}`,
      );
      const text = `${s}{${parts.join() || s}}${s}`;
      JSON.parse(text);
      const expected = all.map(([n, v]) => ({ name: n, text: v }));
      assert.deepEqual(membersOf(text), expected);
    }),
  );
});

test('the elements of any array are found as they stand in its text', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(value, space), { maxLength: 5 }), space, (all, s) => {
      const text = `${s}[${all.map(([v, around]) => `${around}${v}${around}`).join() || s}]${s}`;
      JSON.parse(text);
      assert.deepEqual(
        [...elementsOf(text)],
        all.map(([v]) => v),
      );
    }),
  );
});

test('a name is the same name however it is escaped', () => {
  assert.deepEqual(membersOf(String.raw`{"d\u0061ta":1,"\"\\":2,"\\":3}`), [
    { name: 'data', text: '1' },
    { name: '"\\', text: '2' },
    { name: '\\', text: '3' },
  ]);
});

test('a megabyte of backslashes, and nesting beyond any stack, are found as well', () => {
  const [long, deep] = [`"${'\\\\'.repeat(500_000)}"`, '['.repeat(500_000) + ']'.repeat(500_000)];
  for (const data of [long, deep]) {
    assert.deepEqual(membersOf(`{"data":${data}}`), [{ name: 'data', text: data }]);
  }
});
