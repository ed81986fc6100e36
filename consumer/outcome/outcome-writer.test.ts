import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NewAttempt } from '../../common/model/attempt.ts';
import type { Delivery } from '../../common/model/delivery.ts';
import { createLogger } from '../../common/base/logger.ts';
import { topicNames } from '../../common/topics/topics.ts';
import { OutcomeWriter } from './outcome-writer.ts';

test('a delivery is logged at the time at which it is known to be on its way to the log', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 5_000 });
  const written: NewAttempt[] = [];
  const writer = new OutcomeWriter({
    publisher: { publish: () => assert.fail('nothing else is written') } as never,
    attemptLog: { write: (attempt) => Promise.resolve(void written.push(attempt)) },
    names: topicNames('t'),
    schedule: [],
    logger: createLogger('test', 'silent'),
  });
  const record = { topic: 't', partition: 0, offset: 1, key: null, value: null, timestampMs: 1 };
  const delivery = { id: 'a', key: '', subscription: null, attempt: 1, dueAtMs: 0 };
  // The answer came, and a commit was made that knew nothing of it, before its end was handled.
  await writer.settle(
    {
      delivery: {
        ...delivery,
        body: Buffer.alloc(0),
        record: { ...record, headers: {} },
      } as Delivery,
      isInLane: false,
    },
    {
      outcome: { kind: 'accepted', status: 200 },
      ...{ latencyMs: 3, endedAtMs: 4_999, excerpt: '', detail: '' },
    },
  );
  assert.deepEqual(
    written.map(({ at }) => at),
    [5_000],
  );
});
