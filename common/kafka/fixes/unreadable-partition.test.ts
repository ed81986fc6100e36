import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internalModule } from '../internals.ts';
import { fixUnreadablePartitions, unreadable } from './unreadable-partition.ts';

interface Response {
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly messages: readonly unknown[];
    }[];
  }[];
}

test('a partition that the broker cannot read is left out and known, the others are read', async () => {
  const module = internalModule<{ parse(response: Response): Promise<Response> }>(
    'protocol/requests/fetch/v11/response',
  );
  const said: unknown[] = [];
  fixUnreadablePartitions((at) => said.push(at));
  const parse = async (...codes: readonly number[]) => {
    const partitions = codes.map((errorCode, partition) => ({
      ...{ partition, errorCode, messages: errorCode === 0 ? [{}] : [] },
    }));
    const { responses } = await module.parse({ responses: [{ topicName: 't', partitions }] });
    return responses[0]?.partitions.map(({ partition }) => partition);
  };
  assert.deepEqual(await parse(0, 2, 56), [0]);
  assert.deepEqual(await parse(2, 2), []);
  const error = 'CORRUPT_MESSAGE';
  assert.deepEqual(said, [
    { topic: 't', partition: 1, error },
    { topic: 't', partition: 2, error: 'KAFKA_STORAGE_ERROR' },
    { topic: 't', partition: 0, error },
  ]);
  assert.equal(unreadable('t', 1)?.error, error);
  assert.deepEqual(await parse(0, 0, 0), [0, 1, 2]);
  assert.equal(unreadable('t', 1), undefined);
  // Errors with another reason are left to kafkajs.
  await assert.rejects(parse(0, 6), { type: 'NOT_LEADER_FOR_PARTITION' });
});
