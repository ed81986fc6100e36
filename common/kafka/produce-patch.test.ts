import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer, Produce } from './decide/shared-produce.ts';
import { internalModule } from './internals.ts';
import { patchProduce } from './produce-patch.ts';

patchProduce();

type Send = (request: Produce) => Promise<Answer>;

const { prototype } = internalModule<{ prototype: { produce: Send } }>('broker');
const { parse } = internalModule<{ parse: (answer: Answer) => Promise<Answer> }>(
  'protocol/requests/produce/v7/response',
);

/** A broker of kafkajs whose connection is ours. */
function aBroker(answer: (asked: readonly number[]) => Promise<Answer>) {
  const requests: number[][] = [];
  const broker = Object.assign(Object.create(prototype) as typeof prototype, {
    lookupRequest: () => (request: Produce) => request,
    connectionPool: {
      send: async ({ topicData }: Produce) => {
        const asked = topicData.flatMap(({ partitions }) => partitions.map((one) => one.partition));
        requests.push(asked);
        return parse(await answer(asked));
      },
    },
  });
  const produce = (partition: number) =>
    broker.produce({
      topicData: [{ topic: 'a', partitions: [{ partition, messages: [{ value: 'v' }] }] }],
    });
  return { produce, requests };
}

const answering = (errorCodes: Record<number, number>) => (asked: readonly number[]) =>
  Promise.resolve({
    topics: [
      {
        topicName: 'a',
        partitions: asked.map((partition) => ({
          partition,
          errorCode: errorCodes[partition] ?? 0,
        })),
      },
    ],
  });

test('what is produced in one turn shares a request, and what comes later has its own', async () => {
  const { produce, requests } = aBroker(answering({}));
  const late = Promise.resolve().then(() => produce(2));
  const answers = await Promise.all([produce(0), produce(1), late]);
  await produce(3);
  assert.deepEqual(requests, [[0, 1, 2], [3]]);
  assert.deepEqual(
    answers.map(({ topics }) => topics[0]?.partitions.map(({ partition }) => partition)),
    [[0], [1], [2]],
  );
});

test('an error of one partition is not one of those that share the request', async () => {
  const { produce } = aBroker(answering({ 1: 10 }));
  const [first, second, third] = await Promise.allSettled([produce(0), produce(1), produce(2)]);
  assert.equal(first.status, 'fulfilled');
  assert.equal(third.status, 'fulfilled');
  assert.ok(second.status === 'rejected');
  assert.equal((second.reason as { type: string }).type, 'MESSAGE_TOO_LARGE');
});

test('a request without an answer fails for all that share it', async () => {
  const { produce } = aBroker(() => Promise.reject(new Error('the connection is closed')));
  const both = await Promise.allSettled([produce(0), produce(1)]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
});
