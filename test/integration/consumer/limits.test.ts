// A receiver that allows far less than we could send: everything arrives, and being told to wait
// costs no attempt.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { parseAttempts } from '../../../common/model/attempt.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';

interface Case {
  readonly rps: number;
  readonly rows: number;
  readonly users: number;
}

async function deliverUnderLimit(t: TestContext, { rps, rows, users }: Case) {
  const system = await aDeliverySystem(t, {}, { mode: { mode: 'ratelimit', rps }, keep: 5_000 });
  await system.produce(rows, users);
  system.start('consumer');
  await untilDrained(system, 120_000);

  const { distinct, duplicates, refused, firstAt, lastAt } = system.receiver.stats();
  const seconds = ((lastAt ?? 0) - (firstAt ?? 0)) / 1_000;
  t.diagnostic(`${rows} rows in ${seconds.toFixed(1)} s, refused ${JSON.stringify(refused)}`);
  assert.deepEqual({ distinct, duplicates }, { distinct: rows, duplicates: 0 });

  const attemptsSent = system.receiver.deliveries(5_000).map((d) => d.headers['webhook-attempt']);
  assert.ok(
    attemptsSent.every((attempt) => attempt === '1'),
    'every request was a first attempt',
  );
  assert.equal((await system.records(system.names.deadLetters)).length, 0);
  const logged = (await system.records(system.names.attempts)).flatMap(({ value }) =>
    parseAttempts(String(value)),
  );
  const states = new Set(logged.map(({ state }) => state));
  assert.ok(!states.has('retrying') && !states.has('dead'), [...states].join());
  assert.ok(refused['429'], 'the limit was met at least once');
}

// Side by side, because each of them mostly waits.
describe('under the limit of the receiver', { concurrency: true }, () => {
  test('20 a second, 300 rows of one user', (t) =>
    deliverUnderLimit(t, { rps: 20, rows: 300, users: 1 }));
  test('20 a second, 300 rows of 300 users', (t) =>
    deliverUnderLimit(t, { rps: 20, rows: 300, users: 300 }));
  test('one in two seconds, 5 rows', (t) => deliverUnderLimit(t, { rps: 0.5, rows: 5, users: 5 }));
});
