import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../../test/support/property.ts';
import { ByteWriter } from '../protocol/byte-writer.ts';
import { internalModule } from '../internals.ts';
import { decodeProduceAnswer, partitionName, verdictOf } from './produce-answer.ts';

interface Decoded {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[];
  }[];
  readonly clientSideThrottleTime?: number;
  readonly throttleTime: number;
}

type Response = { decode(bytes: Buffer): Promise<Decoded> };

const answer = fc.record({
  version: fc.constantFrom(3, 5, 7),
  throttleMs: fc.nat(),
  topics: fc.uniqueArray(
    fc.record({
      topic: fc.string({ unit: 'binary', maxLength: 20 }),
      partitions: fc.uniqueArray(fc.record({ partition: fc.nat(), code: fc.nat({ max: 120 }) }), {
        selector: ({ partition }) => partition,
      }),
    }),
    { selector: ({ topic }) => topic },
  ),
});
type Answer = typeof answer extends fc.Arbitrary<infer Value> ? Value : never;

function encoded({ version, throttleMs, topics }: Answer): Buffer {
  const writer = new ByteWriter(100_000);
  writer.int32(topics.length);
  for (const { topic, partitions } of topics) {
    writer.string(topic).int32(partitions.length);
    for (const { partition, code } of partitions) {
      writer.int32(partition).int16(code).int64(5n).int64(-1n);
      if (version >= 5) writer.int64(0n);
    }
  }
  writer.int32(throttleMs);
  return writer.buffer.subarray(0, writer.at);
}

test('an answer is read as kafkajs reads it', async () => {
  await fc.assert(
    fc.asyncProperty(answer, async (one) => {
      const bytes = encoded(one);
      const path = `protocol/requests/produce/v${one.version}/response`;
      const theirs = await internalModule<Response>(path).decode(bytes);
      const { codes, throttleMs } = decodeProduceAnswer(bytes, one.version);
      const expected = theirs.topics.flatMap(({ topicName, partitions }) =>
        partitions.map(({ partition, errorCode }): [string, number] => {
          return [partitionName(topicName, partition), errorCode];
        }),
      );
      assert.deepEqual([...codes], expected);
      assert.equal(throttleMs, theirs.clientSideThrottleTime ?? theirs.throttleTime);
    }),
  );
});

for (const [name, code, verdict] of [
  ['none', 0, 'written'],
  ['DUPLICATE_SEQUENCE_NUMBER', 46, 'written'],
  ['MESSAGE_TOO_LARGE', 10, 'record-refused'],
  ['INVALID_RECORD', 87, 'record-refused'],
  ['OUT_OF_ORDER_SEQUENCE_NUMBER', 45, 'renumber'],
  ['INVALID_PRODUCER_EPOCH', 47, 'renumber'],
  ['UNKNOWN_PRODUCER_ID', 59, 'renumber'],
  ['NOT_LEADER_FOR_PARTITION', 6, 'again'],
  ['REQUEST_TIMED_OUT', 7, 'again'],
  ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 20, 'again'],
  ['TOPIC_AUTHORIZATION_FAILED', 29, 'again'],
  ['a code that is not known', 9_999, 'again'],
] as const) {
  test(`after ${name} a batch is ${verdict}`, () => assert.equal(verdictOf(code), verdict));
}
