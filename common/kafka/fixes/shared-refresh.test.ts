import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internalModule } from '../internals.ts';
import { fixSharedRefresh } from './shared-refresh.ts';

interface Cluster {
  targetTopics: Set<string>;
  brokerPool: object;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly unknown[];
}

/** kafkajs' cluster, whose brokers answer when a test says so. */
function aCluster() {
  fixSharedRefresh();
  const { prototype } = internalModule<{ prototype: Cluster }>('cluster');
  const asked: { readonly topics: readonly string[]; readonly answer: () => void }[] = [];
  const brokerPool = {
    metadata: null as { topicMetadata: readonly object[] } | null,
    metadataExpireAt: null as number | null,
    refreshMetadata: (topics: readonly string[]) =>
      new Promise<void>((resolve) => {
        const answer = () => {
          const topicMetadata = topics.map((topic) => ({ topic, partitionMetadata: [{}, {}] }));
          brokerPool.metadata = { topicMetadata };
          brokerPool.metadataExpireAt = Date.now() + 60_000;
          resolve();
        };
        asked.push({ topics, answer });
      }),
  };
  const cluster = Object.assign(Object.create(prototype) as Cluster, {
    targetTopics: new Set<string>(),
    brokerPool,
  });
  return { cluster, asked };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('who wants a further topic is not given the answer of a request without it', async () => {
  const { cluster, asked } = aCluster();
  cluster.targetTopics.add('one');
  const first = cluster.refreshMetadata();
  await turn();
  cluster.targetTopics.add('two');
  const second = cluster.refreshMetadata();
  const third = cluster.refreshMetadataIfNecessary();
  asked[0]?.answer();
  await first;
  await turn();
  asked[1]?.answer();
  await Promise.all([second, third]);
  assert.deepEqual(
    asked.map(({ topics }) => topics),
    [['one'], ['one', 'two']],
  );
  assert.equal(cluster.findTopicPartitionMetadata('two').length, 2);
});

test('a request is made once the one before has its answer, so none overtakes another', async () => {
  const { cluster, asked } = aCluster();
  cluster.targetTopics.add('one');
  const first = cluster.refreshMetadata();
  await turn();
  const second = cluster.refreshMetadata();
  await turn();
  assert.equal(asked.length, 1);
  asked[0]?.answer();
  await first;
  await turn();
  asked[1]?.answer();
  await second;
  assert.equal(asked.length, 2);
});

test('what is known and fresh is not asked for again', async () => {
  const { cluster, asked } = aCluster();
  cluster.targetTopics.add('one');
  const first = cluster.refreshMetadataIfNecessary();
  await turn();
  asked[0]?.answer();
  await first;
  await cluster.refreshMetadataIfNecessary();
  assert.equal(asked.length, 1);
});

test('a topic that no answer was about has no partitions that anybody could count', async () => {
  const { cluster, asked } = aCluster();
  cluster.targetTopics.add('one');
  const first = cluster.refreshMetadata();
  await turn();
  asked[0]?.answer();
  await first;
  assert.equal(cluster.findTopicPartitionMetadata('one').length, 2);
  const error = { name: 'KafkaJSTopicMetadataNotLoaded', retriable: true };
  assert.throws(() => cluster.findTopicPartitionMetadata('two'), error);
});

test('a request that fails is made again for who asks next', async () => {
  const { cluster } = aCluster();
  let calls = 0;
  cluster.brokerPool = {
    metadata: null,
    metadataExpireAt: null,
    refreshMetadata: () => {
      calls += 1;
      return calls === 1 ? Promise.reject(new Error('no broker')) : Promise.resolve();
    },
  };
  await assert.rejects(cluster.refreshMetadata(), { message: 'no broker' });
  await cluster.refreshMetadata();
  assert.equal(calls, 2);
});
