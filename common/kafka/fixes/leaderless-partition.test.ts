import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internalModule } from '../internals.ts';
import { fixLeaderlessPartitions } from './leaderless-partition.ts';

interface Metadata {
  readonly topicMetadata: readonly {
    readonly topic: string;
    readonly topicErrorCode: number;
    readonly partitionMetadata: readonly {
      readonly partitionErrorCode: number;
      readonly partitionId: number;
      readonly leader: number;
    }[];
  }[];
}

const metadata = (partitionErrorCode: number, leader: number): Metadata => ({
  topicMetadata: [
    {
      ...{ topic: 't', topicErrorCode: 0 },
      partitionMetadata: [
        { partitionErrorCode: 0, partitionId: 0, leader: 1 },
        { partitionErrorCode, partitionId: 1, leader },
      ],
    },
  ],
});

function parse(answer: Metadata): Promise<Metadata> {
  fixLeaderlessPartitions();
  return internalModule<{ parse(answer: Metadata): Promise<Metadata> }>(
    'protocol/requests/metadata/v6/response',
  ).parse(answer);
}

test('a partition without a leader does not hide the others', async () => {
  const [topic] = (await parse(metadata(5, -1))).topicMetadata;
  assert.deepEqual(
    topic?.partitionMetadata.map(({ leader }) => leader),
    [1, -1],
  );
});

test('other errors of a partition are still errors', async () => {
  await assert.rejects(parse(metadata(29, -1)), { type: 'TOPIC_AUTHORIZATION_FAILED' });
});

test('who needs the leader of a partition that has none is told to ask again', async () => {
  const { prototype } = internalModule<{
    prototype: { findLeaderForPartitions(topic: string, partitions: number[]): object };
  }>('cluster');
  const known = await parse(metadata(5, -1));
  const cluster = Object.assign(Object.create(prototype) as typeof prototype, {
    findTopicPartitionMetadata: () => known.topicMetadata[0]?.partitionMetadata,
  });
  assert.deepEqual(cluster.findLeaderForPartitions('t', [0]), { 1: [0] });
  assert.throws(() => cluster.findLeaderForPartitions('t', [0, 1]), {
    type: 'LEADER_NOT_AVAILABLE',
  });
});
