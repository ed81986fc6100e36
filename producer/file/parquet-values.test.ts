import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SchemaElement, SchemaTree } from 'hyparquet';
import { JsonText, dayText, instantText, renderAsText, renderOf } from './parquet-values.ts';

const node = (element: Partial<SchemaElement>, ...children: SchemaTree[]) =>
  ({ element: { name: 'x', repetition_type: 'OPTIONAL', ...element }, children }) as SchemaTree;
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

const decimal = (scale: number) => node({ converted_type: 'DECIMAL', scale });
const logical = (type: object) => node({ logical_type: type as never });
const list = node(
  { converted_type: 'LIST' },
  node({ name: 'list', repetition_type: 'REPEATED' }, node({ ...decimal(1).element, name: 'e' })),
);
const map = node(
  { converted_type: 'MAP' },
  node(
    { name: 'key_value', repetition_type: 'REPEATED' },
    node({ name: 'key' }),
    node({ ...decimal(2).element, name: 'value' }),
  ),
);
const entries = (...pairs: [key: unknown, value: unknown][]) => ({
  key_value: pairs.map(([key, value]) => ({ key, value })),
});
const struct = node({}, node({ ...decimal(2).element, name: 'a' }), node({ name: 'b' }, list));

const cases: readonly [title: string, tree: SchemaTree, value: unknown, expected: string][] = [
  ['a decimal of 32 bits', decimal(2), -110, '"-1.10"'],
  ['a decimal below one', decimal(3), 5n, '"0.005"'],
  ['a decimal of 64 bits', decimal(4), 9_007_199_254_740_993n, '"900719925474.0993"'],
  [
    'a decimal of many digits',
    decimal(12),
    bytes('f6b64f090ffdccec3bb66faf21c70cb2'),
    '"-12345678901234567890123456.789012345678"',
  ],
  ['a negative decimal of one byte', decimal(1), bytes('ff'), '"-0.1"'],
  ['a decimal without bytes', decimal(1), bytes(''), '"0.0"'],
  ['a decimal without a scale', decimal(0), 7, '"7"'],
  ['a decimal by its logical type', logical({ type: 'DECIMAL', scale: 1 }), 15, '"1.5"'],
  [
    'a time in nanoseconds',
    logical({ type: 'TIME', unit: 'NANOS' }),
    86_399_000_000_001n,
    '"23:59:59.000000001"',
  ],
  ['a time in microseconds', logical({ type: 'TIME', unit: 'MICROS' }), 1n, '"00:00:00.000001"'],
  ['a time in milliseconds', logical({ type: 'TIME', unit: 'MILLIS' }), 1, '"00:00:00.001"'],
  ['a list', list, [15, null], '["1.5",null]'],
  ['a list without elements', list, [], '[]'],
  ['a list that is null', list, null, 'null'],
  ['a map', map, entries(['k', 110], ['z', null]), '{"k":"1.10","z":null}'],
  ['a map without entries', map, entries(), '{}'],
  [
    'a map with names that an object would lose',
    map,
    entries(['__proto__', 1], ['a', 2], ['a', 3]),
    '{"__proto__":"0.01","a":"0.02","a":"0.03"}',
  ],
  ['a map of numbers', map, entries([7n, 1], [-1, 2]), '{"7":"0.01","-1":"0.02"}'],
  ['a structure', struct, { a: 1, b: null }, '{"a":"0.01","b":null}'],
  ['a repeated column', node({ repetition_type: 'REPEATED' }), [1n, 2n], '[1,2]'],
  ['a JSON text over lines', node({}), new JsonText('{\n"a":1.10}'), '{ "a":1.10}'],
];
for (const [title, tree, value, expected] of cases) {
  test(`${title} is ${expected}`, () => {
    assert.equal(renderOf(tree)(value), expected);
  });
}

test('a map with a key that is null rejects its row', () => {
  assert.throws(() => renderOf(map)(entries([null, 1])), { message: 'has a key that is null' });
});

test('what is needed as a text becomes one, and null an empty one', () => {
  const text = renderAsText(renderOf(node({})));
  assert.deepEqual(
    ['u', 7n, true, null].map((value) => text(value)),
    ['"u"', '"7"', '"true"', '""'],
  );
});

test('instants keep their nanoseconds, before 1970, too', () => {
  assert.equal(instantText(1_700_000_000_123_456_789n, 1n), '2023-11-14T22:13:20.123456789Z');
  assert.equal(instantText(-1n, 1_000n), '1969-12-31T23:59:59.999999Z');
  assert.equal(instantText(0n, 1_000_000n), '1970-01-01T00:00:00.000Z');
  assert.equal(dayText(-1), '1969-12-31');
});
