import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONDITIONS_MAX, DEPTH_MAX, compileFilter } from './compile-filter.ts';
import { NOT_JSON, parseExactJson, readBody } from './exact-json.ts';
import { failedConditions } from './explain-filter.ts';
import { matches } from './filter.ts';
import { RecordEvent } from './filtered-event.ts';

function filterOf(pattern: string) {
  const compiled = compileFilter(parseExactJson(pattern));
  assert.equal(compiled.kind, 'filter', JSON.stringify(compiled));
  return compiled.kind === 'filter' ? compiled.filter : assert.fail();
}

const BODY = {
  status: 'paid',
  amount: 250.5,
  tags: ['new', 'VIP'],
  none: null,
  isTest: false,
  empty: [],
  customer: { email: 'a@example.com', tier: 3 },
  items: [
    { sku: 'x-1', qty: 1 },
    { sku: 'y-2', qty: 5 },
  ],
};
const EVENT = new RecordEvent({
  key: 'user-7',
  value: Buffer.from(JSON.stringify(BODY)),
  headers: { 'Event-Type': 'order.paid', 'x-region': 'eu' },
});

const CASES: readonly (readonly [pattern: object, isMatch: boolean])[] = [
  [{ body: { status: ['paid', 'open'] } }, true],
  [{ body: { status: ['PAID'] } }, false],
  [{ body: { status: [{ 'equals-ignore-case': 'PAID' }] } }, true],
  [{ body: { status: [{ prefix: 'pa' }], amount: [{ numeric: ['>', 250, '<=', 250.5] }] } }, true],
  [{ body: { status: [{ prefix: 'pa' }], amount: [{ numeric: ['>', 250.5] }] } }, false],
  [{ body: { customer: { email: [{ suffix: '@example.com' }] } } }, true],
  [{ body: { customer: { tier: [1, 2] } } }, false],
  [{ body: { amount: ['250.5'] } }, false],
  [{ body: { isTest: [false] } }, true],
  [{ body: { none: [null] } }, true],
  [{ body: { other: [null] } }, false],
  [{ body: { tags: ['VIP'] } }, true],
  [{ body: { tags: [{ 'anything-but': ['new', 'VIP'] }] } }, false],
  [{ body: { tags: [{ 'anything-but': 'new' }] } }, true],
  [{ body: { status: [{ 'anything-but': { prefix: ['pa', 'op'] } }] } }, false],
  [{ body: { status: [{ 'anything-but': { suffix: 'x' } }] } }, true],
  [{ body: { other: [{ 'anything-but': 'x' }] } }, false],
  [{ body: { other: [{ exists: false }] } }, true],
  [{ body: { other: { below: [{ exists: false }] } } }, true],
  [{ body: { status: [{ exists: false }] } }, false],
  [{ body: { status: [{ exists: true }] } }, true],
  [{ body: { customer: [{ exists: true }] } }, false],
  [{ body: { empty: [{ exists: true }] } }, false],
  [{ body: { other: [{ exists: false }, 'x'] } }, true],
  [{ body: { items: { sku: ['y-2'], qty: [5] } } }, true],
  [{ body: { items: { sku: ['x-1'], qty: [5] } } }, false],
  [{ body: { toString: [{ exists: true }] } }, false],
  [{ headers: { 'EVENT-TYPE': [{ prefix: 'order.' }], 'X-Region': ['eu'] } }, true],
  [{ headers: { 'x-region': ['us'] } }, false],
  [{ user: ['user-7'] }, true],
  [{ user: [{ 'anything-but': 'user-7' }] }, false],
  [{ $or: [{ user: ['nobody'] }, { body: { amount: [{ numeric: ['=', 250.5] }] } }] }, true],
  [{ body: { $or: [{ status: ['open'] }, { amount: [1] }], none: [null] } }, false],
  [{ headers: { $or: [{ 'X-REGION': ['eu'] }, { 'x-zone': ['a'] }] } }, true],
];
for (const [pattern, isMatch] of CASES) {
  test(`${JSON.stringify(pattern)} ${isMatch ? 'matches' : 'does not match'}`, () => {
    const filter = filterOf(JSON.stringify(pattern));
    assert.equal(matches(filter, EVENT), isMatch);
    assert.equal(failedConditions(filter, EVENT).length === 0, isMatch);
  });
}

test('of a body that is not JSON no condition holds, and it is not read for other conditions', () => {
  for (const value of [null, 'text', '{"a":', '\ufeff{}', Buffer.from([0x22, 0xff, 0x22])]) {
    const event = new RecordEvent({
      key: null,
      headers: {},
      value: value === null ? null : Buffer.from(value),
    });
    assert.equal(matches(filterOf('{"body":{"a":[{"exists":false}]}}'), event), false);
    assert.equal(matches(filterOf('{"user":[{"exists":false}]}'), event), true);
    assert.equal(
      matches(filterOf('{"$or":[{"body":{"a":[1]}},{"user":[{"exists":false}]}]}'), event),
      true,
    );
  }
  const unread = {
    user: 'a',
    headers: {},
    get body() {
      return assert.fail('was read');
    },
  };
  assert.equal(matches(filterOf('{"body":{"a":[1]},"user":["b"]}'), unread), false);
});

test('numbers compare by their decimals, however long they are', () => {
  const ofBody = (body: string) =>
    new RecordEvent({ key: null, headers: {}, value: Buffer.from(body) });
  const big = filterOf('{"body":{"id":[9007199254740993]}}');
  assert.equal(matches(big, ofBody('{"id":9007199254740993}')), true);
  assert.equal(matches(big, ofBody('{"id":9007199254740993.000}')), true);
  assert.equal(matches(big, ofBody('{"id":9007199254740992}')), false);
  const above = filterOf('{"body":{"id":[{"numeric":[">",9007199254740992]}]}}');
  assert.equal(matches(above, ofBody('{"id":9007199254740993}')), true);
  assert.equal(matches(above, ofBody('{"id":9007199254740992}')), false);
  assert.equal(matches(filterOf('{"body":[1.0]}'), ofBody('10e-1')), true);
  assert.equal(
    JSON.stringify(parseExactJson('{"a":1e400,"b":12345678901234567890.10}')),
    '{"a":1e400,"b":12345678901234567890.10}',
  );
});

test('what failed is said by field, with the conditions and what is there', () => {
  const filter = filterOf(
    '{"user":["u"],"body":{"amount":[{"numeric":[">",300]}],"items":{"qty":[9]},"$or":[{"a":[1]},{"status":["open"]}]}}',
  );
  assert.deepEqual(
    failedConditions(filter, EVENT).map(({ field, rule }) => [field, rule]),
    [
      ['user', '["u"]'],
      ['body.amount', '[{"numeric":[">",300]}]'],
      ['body.items', 'an element that meets all conditions below'],
      ['body.a', '[1]'],
      ['body.status', '["open"]'],
    ],
  );
  const text = new RecordEvent({ key: 'u', headers: {}, value: Buffer.from('text') });
  assert.deepEqual(failedConditions(filter, text), [
    { field: 'body', rule: 'a body that is JSON', found: undefined },
  ]);
});

const deep = (levels: number): unknown => (levels === 0 ? [1] : { a: deep(levels - 1) });
const many = (count: number) => Array.from({ length: count }, (_, n) => n);
const HOSTILE: readonly (readonly [unknown, field: string, rule: RegExp])[] = [
  [{}, '', /at least one field/],
  [[], '', /an object/],
  [{ body: {} }, 'body', /at least one field/],
  [{ body: { a: 'x' } }, 'body.a', /at least one field/],
  [{ body: { a: [] } }, 'body.a', /list of conditions/],
  [{ data: { a: [1] } }, 'data', /body, headers, user and \$or/],
  [{ user: 'u' }, 'user', /list of conditions/],
  [{ headers: { a: { b: [1] } } }, 'headers.a', /list of conditions/],
  [{ body: { a: [{ wildcard: 'a*' }] } }, 'body.a.0.wildcard', /one of prefix/],
  [{ body: { a: [{ prefix: 'a', suffix: 'b' }] } }, 'body.a.0', /list of conditions/],
  [{ body: { a: [[1]] } }, 'body.a.0', /list of conditions/],
  [{ body: { a: [{ prefix: 1 }] } }, 'body.a.0.prefix', /a string/],
  [{ body: { a: [{ exists: 'no' }] } }, 'body.a.0.exists', /true or false/],
  [{ body: { a: [{ numeric: ['>', '1'] }] } }, 'body.a.0.numeric', /followed by a number/],
  [{ body: { a: [{ numeric: ['~', 1] }] } }, 'body.a.0.numeric', /= < <= > >=/],
  [{ body: { a: [{ numeric: ['>', 1, '<', 2, '<', 3] }] } }, 'body.a.0.numeric', /one or two/],
  [{ body: { a: [{ numeric: [] }] } }, 'body.a.0.numeric', /one or two/],
  [{ body: { a: [{ 'anything-but': [] }] } }, 'body.a.0.anything-but', /or a list of them/],
  [
    { body: { a: [{ 'anything-but': { exists: true } }] } },
    'body.a.0.anything-but',
    /one of prefix/,
  ],
  [{ $or: {} }, '$or', /list of patterns/],
  [{ $or: [] }, '$or', /list of patterns/],
  [{ $or: [{ a: [1] }] }, '$or.0.a', /body, headers, user/],
  [{ body: { a: many(5_000) } }, 'body.a', /up to 200 conditions/],
  [{ body: { a: [{ 'anything-but': many(5_000) }] } }, 'body.a.0.anything-but', /200 conditions/],
  [{ $or: many(5_000).map(() => ({ user: ['u'] })) }, '$or', /200 conditions/],
  [
    { body: Object.fromEntries(many(5_000).map((n) => [`f${n}`, [1]])) },
    `body.f${CONDITIONS_MAX}`,
    /200 conditions/,
  ],
  [{ body: deep(2_000) }, `body${'.a'.repeat(DEPTH_MAX)}`, /up to 12 levels/],
];
for (const [pattern, field, rule] of HOSTILE) {
  test(`${JSON.stringify(pattern).slice(0, 80)} is refused at ${field || 'its root'}`, () => {
    const compiled = compileFilter(pattern);
    assert.ok(compiled.kind === 'refused');
    assert.equal(compiled.errors[0]?.path.join('.'), field);
    assert.match(compiled.errors[0].message, /^allowed: /);
    assert.match(compiled.errors[0].message, rule);
  });
}

test('a deep body is either read or counts as one that is not JSON', () => {
  const nested = (levels: number, inner: string) => '['.repeat(levels) + inner + ']'.repeat(levels);
  const filter = filterOf('{"body":[7]}');
  const event = (body: string) =>
    new RecordEvent({ key: null, headers: {}, value: Buffer.from(body) });
  assert.equal(matches(filter, event(nested(100, '7'))), true);
  assert.equal(matches(filter, event(nested(100_000, '7'))), true);
  assert.equal(readBody(Buffer.from(nested(1_000_000, '12345678901234567890'))), NOT_JSON);
});
