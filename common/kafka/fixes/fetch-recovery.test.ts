import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internalModule } from '../internals.ts';
import { fixFetchRecovery } from './fetch-recovery.ts';

interface Group {
  recoverFromFetch(error: Error): Promise<void>;
}

class ConnectionError extends Error {
  override readonly name = 'KafkaJSConnectionError';
}

/** kafkajs' consumer group, and what it did to recover. */
function aGroup(refresh = () => Promise.resolve()) {
  fixFetchRecovery();
  const { prototype } = internalModule<{ prototype: Group }>('consumer/consumerGroup');
  const done: string[] = [];
  const group = Object.assign(Object.create(prototype) as Group, {
    cluster: {
      refreshMetadata: () => {
        done.push('refresh');
        return refresh();
      },
    },
    joinAndSync: () => Promise.resolve(done.push('join')),
    logger: { debug() {} },
  });
  return { group, done };
}

test('a consumer whose fetch hears "not the leader" stays the member that it is', async () => {
  for (const [type, expected] of [
    ['NOT_LEADER_FOR_PARTITION', ['refresh']],
    // The topic may have been made again, with other partitions.
    ['UNKNOWN_TOPIC_OR_PARTITION', ['refresh', 'join']],
  ] as const) {
    const { group, done } = aGroup();
    await group.recoverFromFetch(Object.assign(new Error(type), { type }));
    assert.deepEqual(done, expected, type);
  }
});

test('a broker that is away is waited for, however often', async () => {
  const cause = new ConnectionError('refused');
  const exceeded = Object.assign(new Error('refused', { cause }), {
    name: 'KafkaJSNumberOfRetriesExceeded',
  });
  const { group } = aGroup(() => Promise.reject(exceeded));
  for (let n = 0; n < 12; n += 1) await group.recoverFromFetch(cause);
  await group.recoverFromFetch(exceeded);
  const type = 'NOT_LEADER_FOR_PARTITION';
  await group.recoverFromFetch(Object.assign(new Error(type), { type }));
});

test('what is refused for good still ends the consumer', async () => {
  const { group } = aGroup();
  const error = Object.assign(new Error('no right'), { type: 'TOPIC_AUTHORIZATION_FAILED' });
  await assert.rejects(group.recoverFromFetch(error), error);
});
