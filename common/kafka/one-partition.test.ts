import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from 'kafkajs';
import { internalModule } from './internals.ts';
import { onePartition } from './one-partition.ts';

type Group = (send: object) => Record<string, Message[]>;
const group = internalModule<Group>('producer/groupMessagesPerPartition');

const messages = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ partition: 7, value: String(index) }));

/** As a producer does for each message of a send. */
function grouped(given: Message[]): { groups: Record<string, Message[]>; asked: number } {
  let asked = 0;
  const partitioner = ({ message }: { message: Message }) => {
    asked += 1;
    return message.partition;
  };
  const groups = group({ topic: 't', partitionMetadata: [{}], messages: given, partitioner });
  return { groups, asked };
}

test('kafkajs gets the groups that it would make itself, without going through the messages', () => {
  const plain = grouped(messages(20));
  const ours = grouped(onePartition(7, messages(20)));
  assert.deepEqual(Object.keys(ours.groups), Object.keys(plain.groups));
  assert.deepEqual([...(ours.groups[7] ?? [])], plain.groups[7]);
  assert.equal(plain.asked, 20);
  assert.equal(ours.asked, 0);
});
