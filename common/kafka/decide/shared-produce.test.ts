import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inShares, merged, partOf } from './shared-produce.ts';
import type { Produce } from './shared-produce.ts';

function produce(topic: string, partition: number, more: Partial<Produce> = {}): Produce {
  const messages = [{ value: `${topic}/${partition}` }];
  return {
    producerId: 1,
    producerEpoch: 0,
    topicData: [{ topic, partitions: [{ partition, messages }] }],
    ...more,
  };
}

const sizes = (requests: readonly Produce[]) =>
  inShares(requests.map((request) => ({ request }))).map(({ length }) => length);

test('requests of one producer share, those of another do not', () => {
  const other = { producerId: 2 };
  assert.deepEqual(sizes([]), []);
  assert.deepEqual(sizes([produce('a', 0), produce('a', 1), produce('b', 0)]), [3]);
  assert.deepEqual(
    sizes([produce('a', 0), produce('a', 1, other), produce('a', 2, other)]),
    [1, 2],
  );
  assert.deepEqual(sizes([produce('a', 0), produce('a', 1, { producerEpoch: 1 })]), [1, 1]);
});

test('large requests go alone, and many middling ones are bounded together', () => {
  const ofBytes = (bytes: number) => {
    const partitions = [{ partition: 0, messages: [{ value: Buffer.alloc(bytes) }] }];
    return produce('a', 0, { topicData: [{ topic: 'a', partitions }] });
  };
  assert.deepEqual(sizes([ofBytes(2_000_000), ofBytes(1), ofBytes(1)]), [1, 2]);
  assert.deepEqual(sizes([1, 2, 3, 4, 5].map(() => ofBytes(400_000))), [2, 2, 1]);
});

test('one request of several names each topic once, with all of its partitions', () => {
  const request = merged([produce('a', 3), produce('b', 0), produce('a', 1)]);
  assert.deepEqual(
    request.topicData.map(({ topic, partitions }) => [
      topic,
      ...partitions.map((one) => one.partition),
    ]),
    [
      ['a', 3, 1],
      ['b', 0],
    ],
  );
  assert.equal(request.producerId, 1);
});

test('each gets its own part of the answer, and nothing where the answer leaves it out', () => {
  const ofPartition = (partition: number, errorCode: number) => ({ partition, errorCode });
  const answer = {
    topics: [
      { topicName: 'a', partitions: [ofPartition(1, 10), ofPartition(3, 0)] },
      { topicName: 'b', partitions: [ofPartition(1, 6)] },
    ],
  };
  const part = (topic: string, partition: number) =>
    partOf(answer, produce(topic, partition)).topics;
  assert.deepEqual(part('a', 3), [{ topicName: 'a', partitions: [ofPartition(3, 0)] }]);
  assert.deepEqual(part('b', 1), [{ topicName: 'b', partitions: [ofPartition(1, 6)] }]);
  assert.deepEqual(part('b', 0), [{ topicName: 'b', partitions: [] }]);
});
