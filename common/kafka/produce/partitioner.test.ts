import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../../test/support/property.ts';
import { Partitioners } from 'kafkajs';
import { partitionOf } from './partitioner.ts';

const kafkajs = Partitioners.DefaultPartitioner();

/** kafkajs looks only at the key and at how many partitions there are. */
function byKafkajs(key: string, partitionCount: number): number {
  const partitionMetadata = Array.from({ length: partitionCount }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 1,
    replicas: [1],
    isr: [1],
  }));
  return kafkajs({ topic: 't', partitionMetadata, message: { key, value: '' } });
}

test('a key lies in the partition that kafkajs and so the Java client choose', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: 'grapheme' }),
      fc.integer({ min: 1, max: 50 }),
      (key, count) => {
        assert.equal(partitionOf(key, count), byKafkajs(key, count));
      },
    ),
    { verbose: true },
  );
});
