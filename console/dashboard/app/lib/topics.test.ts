import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { filledOf, lagOf, lanesOf, ownersOf, topicText, valueOf } from './topics.js';

describe('topics', () => {
  const partition = { committed: 5, end: 9, owner: 'a' };
  const partitions = [partition, { ...partition, owner: null }, { ...partition, committed: null }];

  test('the lag is of the partitions that are committed, and unknown without one', () => {
    assert.equal(lagOf({ partitions }), 8);
    assert.equal(lagOf({ partitions: partitions.slice(2) }), null);
    assert.deepEqual(ownersOf({ partitions }), ['a']);
  });

  test('partitions with something in them are told from those without', () => {
    const all = [0, 1, 2].map((partition) => ({ partition, start: 5, end: 5 + partition }));
    assert.deepEqual(filledOf(all), [1, 2]);
  });

  test('what a topic holds is said in words where it is known', () => {
    const all = ['w.deliveries', 'w.deliveries-bulk', 'w.deliveries-retry-5000', 'orders'];
    assert.deepEqual(all.map(topicText), [
      'What the API has accepted (w.deliveries)',
      'Files, replays and redrives (w.deliveries-bulk)',
      'Attempts that wait 5s (w.deliveries-retry-5000)',
      'orders',
    ]);
    assert.deepEqual(lanesOf(all), all.slice(0, 2));
  });

  test('a value comes as its bytes, as text or not', () => {
    assert.deepEqual(valueOf({ value: null, value_base64: '/wA=' }), Uint8Array.of(0xff, 0));
    assert.deepEqual(valueOf({ value: 'ä', value_base64: null }), new TextEncoder().encode('ä'));
    assert.equal(valueOf({ value: null, value_base64: null }), null);
  });
});
