import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offsetsPartitionOf, oneGroupOfEach } from './offsets-partition.ts';

test('a group lies in the partition that Java computes from its name', () => {
  // "hello".hashCode() is 99162322, "polygenelubricants".hashCode() is -2147483648.
  assert.equal(offsetsPartitionOf('hello', 50), 22);
  assert.equal(offsetsPartitionOf('polygenelubricants', 50), 0);
  assert.equal(offsetsPartitionOf('', 50), 0);
  // -217287203, of which Kafka drops the sign.
  assert.equal(offsetsPartitionOf('hello world!', 50), 3);
});

test('for each partition there is a name that lies in it', () => {
  const names = oneGroupOfEach('webhooks.delivery.', 50);
  const partitions = names.map((name) => offsetsPartitionOf(name, 50));
  assert.deepEqual(partitions, [...Array(50).keys()]);
});
