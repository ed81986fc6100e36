// Goal: a user's deliveries go one after the other, as fast as the receiver takes them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { LogRecord } from '../common/kafka/log-record.ts';
import { HEADER } from '../common/model/delivery.ts';
import { createLogger } from '../common/base/logger.ts';
import { topicNames } from '../common/topics/topics.ts';
import { Endpoint } from './endpoint/endpoint.ts';
import type { Endpoints } from './endpoint/endpoints.ts';
import type { SendResult } from '../common/send/send-request.ts';
import type { Outcome } from '../common/send/outcome.ts';
import { DeliveryLoop, AT_RISK_FACTOR } from './delivery-loop.ts';
import { FlowControl } from './partition/flow-control.ts';
import { PLAIN_SOURCES, SAME_SOURCES } from '../test/support/plain-sources.ts';
import { NONE_CANCELLED } from '../test/support/cancelled-files.ts';
import { PartitionState } from './partition/partition-state.ts';
import { OutcomeWriter } from './outcome/outcome-writer.ts';
import { NO_USER_KEYS } from '../common/user-keys/body-keys.ts';

const logger = createLogger('test', 'silent');
const ACCEPTED: Outcome = { kind: 'accepted', status: 200 };
const REFUSED: Outcome = { kind: 'refused', status: 500, retryAfterMs: null };

/** To a receiver that answers when the test says so, without retries. */
function aDeliveryLoop(
  t: TestContext,
  isKeyOrdered = true,
  userAgent = () => 'test',
  { logs = SAME_SOURCES, schedule = [] as readonly number[] } = {},
) {
  const lines: string[] = [];
  const sent: ((outcome: Outcome) => void)[] = [];
  const written: (() => void)[] = [];
  const inLog = () => new Promise<void>((resolve) => written.push(resolve));
  const send = () =>
    new Promise<SendResult>((resolve) => {
      const endedAtMs = Date.now();
      sent.push((outcome) =>
        resolve({ outcome, latencyMs: 1, endedAtMs, excerpt: '', detail: '' }),
      );
    });
  const endpoint = new Endpoint(
    {
      ...{ sender: { send, close: () => Promise.resolve() }, onReady: () => {} },
      get userAgent() {
        return userAgent();
      },
    },
    {
      ...{ id: null, origin: 'http://a', path: '/', keys: [], headers: [], state: 'enabled' },
      ...{ isKeyOrdered, ratePerSecond: null, resumedAtMs: 0 },
    },
  );
  const deliveryLoop = new DeliveryLoop({
    concurrency: 10,
    bodyKeys: NO_USER_KEYS,
    endpoints: { find: () => endpoint, hasNeighbours: () => false } as unknown as Endpoints,
    outcomeWriter: new OutcomeWriter({
      publisher: { publish: inLog, close: () => Promise.resolve() },
      attemptLog: {
        write: ({ id, state, error }) => {
          lines.push(`${id} ${state}: ${error}`);
          return inLog();
        },
      },
      names: topicNames('t'),
      bodyKeys: NO_USER_KEYS,
      schedule,
      logger,
    }),
    flowControl: new FlowControl(
      () => null,
      't.deliveries-bulk',
      () => {},
    ),
    cancelledFiles: NONE_CANCELLED,
    ...{ sources: PLAIN_SOURCES, logs },
    bulkTopic: 't.deliveries-bulk',
    settled: { placeOf: () => null, failed: () => {} },
    isMember: () => true,
    refill: () => {},
    logger,
    onFatal: (error) => assert.fail(String(error)),
  });
  t.after(() => {
    deliveryLoop.scheduler.close();
    endpoint.close();
  });
  const home = new PartitionState('t.deliveries', 0, 0, null);
  const receive = (offset: number) => {
    const record: LogRecord = {
      ...{ topic: home.topic, partition: 0, offset, key: 'a user', value: Buffer.from('{}') },
      ...{ headers: { [HEADER.id]: `id-${offset}` }, timestampMs: 0 },
    };
    const tracked = home.tracker.receive(offset);
    assert.ok(tracked);
    deliveryLoop.receive(home, tracked, record);
  };
  return { deliveryLoop, sent, written, lines, home, receive };
}

test('the next of a user goes once the one before is accepted, ahead of its entry in the log', async (t) => {
  const { sent, written, home, receive } = aDeliveryLoop(t);
  [0, 1, 2].forEach(receive);
  await turn();
  assert.equal(sent.length, 1);
  sent[0]?.(ACCEPTED);
  await turn();
  assert.equal(sent.length, 2, 'the second, and not the third');
  assert.equal(home.tracker.commitPoint, 0, 'nothing is done before it is in the log');
  written[0]?.();
  await turn();
  assert.equal(home.tracker.commitPoint, 1);
  assert.equal(sent.length, 2, 'the entry frees no second place');
  sent[1]?.(ACCEPTED);
  await turn();
  assert.equal(sent.length, 3);
});

test('the next of a user waits until a dead letter is in its topic', async (t) => {
  const { sent, written, home, receive } = aDeliveryLoop(t);
  [0, 1].forEach(receive);
  await turn();
  sent[0]?.(REFUSED);
  await turn();
  assert.equal(sent.length, 1);
  written.forEach((resolve) => resolve());
  await turn();
  assert.equal(home.tracker.commitPoint, 1);
  assert.equal(sent.length, 2);
});

test('a delivery whose request cannot be made fails alone, and nothing else stops', async (t) => {
  const broken = () => {
    throw new Error('a setting that nobody understands');
  };
  const { sent, written, home, receive } = aDeliveryLoop(t, false, broken);
  receive(0);
  await turn();
  assert.equal(sent.length, 0);
  written.forEach((resolve) => resolve());
  await turn();
  assert.equal(home.tracker.commitPoint, 1, 'a dead letter, as there are no retries');
});

test('no more is sent while too many attempts are not in their log, and as many more as come there', async (t) => {
  const { sent, written, receive } = aDeliveryLoop(t, false);
  for (let offset = 0; offset < 400; offset += 1) receive(offset);
  await turn();
  for (let index = 0; index < sent.length; index += 1) {
    sent[index]?.(ACCEPTED);
    await turn();
  }
  assert.equal(sent.length, 10 * AT_RISK_FACTOR);
  written.slice(0, 7).forEach((resolve) => resolve());
  await turn();
  assert.equal(sent.length, 10 * AT_RISK_FACTOR + 7);
});

test('a partition of a deleted source that is left says that what failed meanwhile, and what waits, is cancelled', async (t) => {
  const logs = { isOfOtherSource: () => true };
  const given = { logs, schedule: [60_000] };
  const { sent, written, lines, home, receive } = aDeliveryLoop(t, true, () => 'test', given);
  [0, 1].forEach(receive);
  await turn();
  home.isOurs = false;
  sent[0]?.(REFUSED);
  await turn();
  written.forEach((resolve) => resolve());
  await turn();
  const cancelled = 'cancelled: its source was deleted';
  assert.deepEqual(lines.slice(1), [`id-0 ${cancelled}`, `id-1 ${cancelled}`]);
  assert.match(lines[0] ?? '', /^id-0 retrying/);
  written.forEach((resolve) => resolve());
  await turn();
  assert.deepEqual([home.openRecords, home.openBytes, home.startedRecords], [0, 0, 0]);
});
