import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerUnavailableError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { BrokerConnections } from '../client/broker-connections.ts';
import { BrokerPoll } from './broker-poll.ts';
import { LogCursor } from './log-cursor.ts';

// That it reads from a real broker is shown in test/integration/followed-topics.

const address = { host: '127.0.0.1', port: 9 };

function pollOf(
  answers: readonly (() => unknown)[],
  onOutOfRange: () => Promise<void> = () => Promise.resolve(),
) {
  const warnings: string[] = [];
  const fatal: unknown[] = [];
  const logger = {
    warn: ({ err }: { err: string }) => warnings.push(err),
    info: () => {},
  } as unknown as Logger;
  const follow = { topic: 't', logger, onBatch: () => {}, onFatal: () => {} };
  const cursor = new LogCursor(follow, 0, address);
  cursor.begin(5);
  const left = [...answers];
  const connections = {
    at: () => Promise.resolve({}),
    abandon: () => {},
    with: () => Promise.resolve().then(() => left.shift()?.()),
  };
  const poll: BrokerPoll = new BrokerPoll({
    ...{ address, connections: connections as unknown as BrokerConnections },
    cursors: () => (left.length === 0 ? [] : [cursor]),
    onTaken: () => {},
    onMoved: () => {},
    onOutOfRange,
    onFatal: (_, error) => fatal.push(error),
  });
  return { poll, warnings, fatal };
}

const fails = () => {
  throw new Error('no such answer');
};
const answer = (errorCode: number) => () => ({
  responses: [{ topicName: 't', partitions: [{ partition: 0, errorCode, messages: [] }] }],
});

test('a fetch that fails is warned of once in a row', async () => {
  const { poll, warnings, fatal } = pollOf([fails, fails, answer(6), fails]);
  await poll.ended;
  assert.deepEqual(warnings, ['no such answer', 'no such answer']);
  assert.deepEqual(fatal, []);
});

test('a place out of range is asked for again when the bounds cannot be had now', async () => {
  const errors = [new BrokerUnavailableError('away'), null, new Error('another log')];
  let asked = 0;
  const { poll, fatal } = pollOf([answer(1), answer(1), answer(1)], () => {
    const error = errors[asked];
    asked += 1;
    return error ? Promise.reject(error) : Promise.resolve();
  });
  await poll.ended;
  assert.equal(asked, 3);
  assert.deepEqual(fatal, [errors[2]]);
});
