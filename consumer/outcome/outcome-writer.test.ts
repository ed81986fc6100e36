import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../common/base/errors.ts';
import { createLogger } from '../../common/base/logger.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import type { NewAttempt } from '../../common/model/attempt.ts';
import type { Delivery } from '../../common/model/delivery.ts';
import type { Outcome } from '../../common/send/outcome.ts';
import { topicNames } from '../../common/topics/topics.ts';
import { OutcomeWriter } from './outcome-writer.ts';
import { NO_USER_KEYS } from '../../common/user-keys/body-keys.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';

const names = topicNames('t');
const record = { topic: 't', partition: 2, offset: 7, key: 'u', value: null, timestampMs: 1 };

/** A writer whose records are acknowledged when the test says so; attempts are logged at once. */
function aWriter({ isRefusedOnce = false, bodyKeys = NO_USER_KEYS } = {}) {
  const attempts: NewAttempt[] = [];
  const published: OutgoingRecord[] = [];
  const acknowledged = Promise.withResolvers<void>();
  const writer = new OutcomeWriter({
    publisher: {
      publish: (one: OutgoingRecord) => {
        published.push(one);
        if (!isRefusedOnce || published.length > 1) return acknowledged.promise;
        return Promise.reject(new AppError('message_too_large', 'too large'));
      },
    } as never,
    attemptLog: { write: (attempt) => Promise.resolve(void attempts.push(attempt)) },
    names,
    bodyKeys,
    schedule: [4_000],
    logger: createLogger('test', 'silent'),
  });
  const settle = (
    outcome: Outcome,
    given: {
      attempt?: number;
      isInLane?: boolean;
      excerpt?: string;
      subscription?: string;
      retryScheduleMs?: readonly number[];
    } = {},
  ) => {
    const { attempt = 1, isInLane = false, excerpt = '', subscription = null } = given;
    const { retryScheduleMs = null } = given;
    const delivery = { id: 'a', key: 'u', subscription, attempt, dueAtMs: 0 };
    const more = { body: Buffer.alloc(0), record: { ...record, headers: {} } };
    return writer.settle(
      {
        delivery: { ...delivery, ...more } as Delivery,
        isInLane,
        endpoint: { settings: { retryScheduleMs, headers: [] } },
      },
      { outcome, latencyMs: 3.14159, endedAtMs: 4_999, excerpt, detail: '' },
    );
  };
  return { writer, attempts, published, settle, acknowledge: () => acknowledged.resolve() };
}

const refused = (status: number): Outcome => ({ kind: 'refused', status, retryAfterMs: null });

/** Whether a promise is settled once everything that can run has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setImmediate(resolve, 'pending'));
  return (await Promise.race([promise, later])) !== 'pending';
}

test('a delivery is logged at the time at which it is known to be on its way to the log', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 5_000 });
  const { settle, attempts, published } = aWriter();
  // The answer came, and a commit was made that knew nothing of it, before its end was handled.
  await settle({ kind: 'accepted', status: 200 });
  assert.deepEqual(
    attempts.map(({ at, state, status, error, excerpt, latencyMs }) => {
      return { at, state, status, error, excerpt, latencyMs };
    }),
    [
      {
        ...{ at: 5_000, state: 'delivered', status: 200 },
        ...{ error: undefined, excerpt: undefined, latencyMs: 3.14 },
      },
    ],
  );
  assert.deepEqual(published, [], 'nothing else is written');
});

test('a failure is finished once its retry is acknowledged, and not before', async () => {
  const { settle, attempts, published, acknowledge } = aWriter();
  const settled = settle(refused(500), { excerpt: 'out of order' });
  assert.equal(await isSettled(settled), false);
  acknowledge();
  assert.equal(await settled, undefined);
  const [retry] = published;
  assert.deepEqual([retry?.topic, retry?.partition, retry?.key], [names.retry(4_000), 2, 'u']);
  assert.equal(retry?.headers['__dlq.errors.message'], 'HTTP 500: out of order');
  const [attempt] = attempts;
  assert.deepEqual(
    [attempt?.state, attempt?.status, attempt?.at, attempt?.excerpt, attempt?.error],
    ['retrying', 500, 4_999, 'out of order', 'HTTP 500'],
  );
  assert.equal(String(attempt?.dueAt), retry?.headers['wh-due-at']);
});

test('a last failure is finished once its dead letter is acknowledged, and not before', async () => {
  const { settle, attempts, published, acknowledge } = aWriter();
  const settled = settle(refused(500), { attempt: 2 });
  assert.equal(await isSettled(settled), false);
  acknowledge();
  assert.equal(await settled, undefined);
  assert.deepEqual(
    published.map(({ topic, partition, headers }) => [topic, partition, headers['wh-attempt']]),
    [[names.deadLetters, 2, '2']],
  );
  assert.equal(published[0]?.headers['__dlq.errors.message'], 'HTTP 500');
  assert.deepEqual(
    attempts.map(({ state }) => state),
    ['dead'],
  );
});

test('a record that is no delivery is finished once it is a dead letter with the reason', async () => {
  const { writer, attempts, published, acknowledge } = aWriter();
  const rejected = writer.reject({ ...record, headers: {} }, 'the body is no JSON');
  assert.equal(await isSettled(rejected), false);
  acknowledge();
  await rejected;
  assert.equal(published[0]?.topic, names.deadLetters);
  assert.equal(published[0]?.headers['__dlq.errors.message'], 'the body is no JSON');
  assert.deepEqual(
    attempts.map(({ state, error, offset }) => [state, error, offset]),
    [['dead', 'the body is no JSON', 7]],
  );
});

test('in key order a retry waits in its lane, and after 410 or 429 the same attempt comes again', async () => {
  const { settle, attempts, published } = aWriter();
  const next = await settle(refused(500), { isInLane: true });
  assert.deepEqual([next?.kind, next?.kind === 'again' && next.attempt], ['again', 2]);
  assert.deepEqual(await settle(refused(429)), { kind: 'throttled' });
  assert.deepEqual(await settle(refused(410), { subscription: 'sub_a' }), { kind: 'gone' });
  assert.deepEqual(published, []);
  assert.deepEqual(
    attempts.map(({ state, subscription }) => [state, subscription]),
    [
      ['retrying', undefined],
      ['throttled', undefined],
      ['throttled', 'sub_a'],
    ],
  );
});

test('a record that its topic refuses for its size is written without the text of its failure', async () => {
  const { settle, published, acknowledge } = aWriter({ isRefusedOnce: true });
  acknowledge();
  await settle(refused(500), { excerpt: 'x'.repeat(400) });
  assert.deepEqual(
    published.map(({ headers }) => '__dlq.errors.message' in headers),
    [true, false],
  );
  assert.equal(published[1]?.headers['wh-attempt'], '2');
});

test('an endpoint with a schedule of its own is retried by it, in a topic of the settings', async () => {
  const { settle, published, attempts, acknowledge } = aWriter();
  acknowledge();
  await settle(refused(500), { retryScheduleMs: [1_500] });
  const [retry] = published;
  assert.equal(retry?.topic, names.retry(4_000));
  const waitMs = Number(retry?.headers['wh-due-at']) - 4_999;
  assert.ok(waitMs >= 1_500 && waitMs <= 1_650, `${waitMs} ms`);
  await settle(refused(500), { attempt: 2, retryScheduleMs: [1_500] });
  assert.equal(attempts.at(-1)?.state, 'dead');
});

test('texts of a receiver are encrypted under the id of the delivery, which its record may lack', async () => {
  const asked: [text: string, id: string | undefined][] = [];
  const sealText: BodyKeys['sealText'] = (text, { headers }) => {
    asked.push([text(), headers['webhook-id']]);
    return 'sealed';
  };
  const { settle, attempts } = aWriter({ bodyKeys: { ...NO_USER_KEYS, sealText } });
  await settle({ kind: 'accepted', status: 200 }, { excerpt: 'your body' });
  assert.deepEqual(asked, [['{"excerpt":"your body"}', 'a']]);
  assert.deepEqual([attempts[0]?.sealed, attempts[0]?.excerpt], ['sealed', undefined]);
});
