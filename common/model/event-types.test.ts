import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takesType } from './event-types.ts';

const rows: readonly [eventTypes: readonly string[], type: string | null, taken: boolean][] = [
  [[], 'order.paid', true],
  [[], null, true],
  [[], 'hookline.subscription.disabled', false],
  [['hookline.*'], 'hookline.subscription.disabled', true],
  [['hookline.subscription.*'], 'hookline.subscription.disabled', true],
  [[], 'hookline', true],
  [[], 'hooklines.paid', true],
  [['order.paid'], 'order.paid', true],
  [['order.paid'], 'order.paid.late', false],
  [['order.paid'], 'order', false],
  [['order.paid'], null, false],
  [['order.*'], 'order.paid', true],
  [['order.*'], 'order.item.added', true],
  [['order.*'], 'order', false],
  [['order.*'], 'orders.paid', false],
  [['order.*'], null, false],
  [['user.*', 'order.paid'], 'order.paid', true],
];
for (const [eventTypes, type, taken] of rows) {
  test(`[${eventTypes.join()}] ${taken ? 'takes' : 'leaves'} ${type}`, () => {
    assert.equal(takesType(eventTypes, type), taken);
  });
}
