import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { endpointMeant } from './endpoint-choice.js';

const CHOICES = [
  { id: 'default', text: 'Default endpoint · 127.0.0.1:9000/hook' },
  { id: 'sub_1', text: 'Orders · example.com/orders' },
  { id: 'sub_2', text: 'Orders of the shop · example.com/shop' },
];

describe('the text of an endpoint field', () => {
  for (const [text, id] of [
    ['', ''],
    [' sub_2 ', 'sub_2'],
    ['orders', 'sub_1'],
    ['of the shop', 'sub_2'],
    ['https://example.com/shop', 'sub_2'],
    ['example.com/orders', 'sub_1'],
    ['Default', 'default'],
    ['sub_deleted', 'sub_deleted'],
  ] as const) {
    test(`"${text}" means ${id || 'none'}`, () => {
      assert.deepEqual(endpointMeant(text, CHOICES), { id, error: '' });
    });
  }

  test('a name that several have is not guessed at', () => {
    const { error } = endpointMeant('example.com', CHOICES);
    assert.match(error, /^Several endpoints match: Orders .*\(sub_1\), Orders of .*\(sub_2\)\.$/);
  });

  test('a name that none has is refused, with those that are there', () => {
    const { error } = endpointMeant('invoices', CHOICES);
    assert.match(error, /^No endpoint is called “invoices”\. There are: Default .*\(sub_2\)\.$/);
    const many = Array.from({ length: 9 }, (_, n) => ({ id: `sub_${n}`, text: 'a' }));
    assert.match(endpointMeant('b', many).error, /\(sub_4\), 4 more\.$/);
  });
});
