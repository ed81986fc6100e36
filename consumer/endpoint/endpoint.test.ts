// Goal: what one target answered is not held against another one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from '../../common/model/delivery.ts';
import type { Outcome } from '../../common/send/outcome.ts';
import { Endpoint } from './endpoint.ts';
import type { EndpointSettings } from '../../common/send/endpoint-settings.ts';
import type { Sender } from '../../common/send/sender.ts';

const SETTINGS: EndpointSettings = {
  ...{ id: 'sub_a', origin: 'http://a', path: '/', keys: [], headers: [], state: 'enabled' },
  ...{ isKeyOrdered: false, ratePerSecond: null, resumedAtMs: 0 },
};
const ELSEWHERE: EndpointSettings = { ...SETTINGS, path: '/elsewhere' };
const record = { topic: 'd', partition: 0, offset: 0, key: 'k', value: null, headers: {} };
const DELIVERY: Delivery = {
  ...{ id: 'msg', key: 'k', subscription: 'sub_a', body: Buffer.from('{}'), attempt: 1 },
  ...{ dueAtMs: 0, record: { ...record, timestampMs: 0 } },
};
const GONE: Outcome = { kind: 'refused', status: 410, retryAfterMs: null };
const NO_SENDER: Sender = {
  send: () => Promise.reject(new Error('nothing is sent here')),
  close: () => Promise.resolve(),
};
const BUSY: Outcome = { kind: 'refused', status: 429, retryAfterMs: 3_600_000 };

/** An endpoint whose one request is answered when the test says so. */
function anEndpoint(t: TestContext) {
  const learnt: Outcome[] = [];
  const ready: number[] = [];
  const endpoint = new Endpoint(
    {
      sender: NO_SENDER,
      userAgent: 'test',
      onReady: ({ inFlight }) => ready.push(inFlight),
      onOutcome: (outcome) => learnt.push(outcome),
    },
    SETTINGS,
  );
  t.after(() => endpoint.close());
  const request = endpoint.requestFor(DELIVERY);
  const answer = (outcome: Outcome) =>
    endpoint.ended(request, {
      outcome,
      latencyMs: 1,
      endedAtMs: Date.now(),
      excerpt: '',
      detail: '',
    });
  return { endpoint, learnt, ready, answer };
}

/** A new rate takes some timer ticks. */
async function startsSoon(endpoint: Endpoint): Promise<boolean> {
  for (let n = 0; n < 200; n += 1) {
    if (endpoint.tryStart()) return true;
    await sleep(5);
  }
  return false;
}

test('a target that is gone gets nothing more', async (t) => {
  const { endpoint, answer, learnt } = anEndpoint(t);
  assert.ok(endpoint.tryStart());
  answer(GONE);
  assert.deepEqual([endpoint.saidGone, endpoint.tryStart(), learnt], [true, false, [GONE]]);
});

test('a 410 that comes when the subscription leads elsewhere already is not held against it', async (t) => {
  const { endpoint, answer, learnt } = anEndpoint(t);
  endpoint.tryStart();
  endpoint.update(ELSEWHERE);
  answer(GONE);
  assert.deepEqual([endpoint.saidGone, endpoint.tryStart(), learnt], [false, true, []]);
});

test('the rest that a target asked for ends when the subscription leads elsewhere', async (t) => {
  const { endpoint, answer } = anEndpoint(t);
  endpoint.tryStart();
  answer(BUSY);
  endpoint.update({ ...SETTINGS, ratePerSecond: 1_000 });
  assert.equal(endpoint.tryStart(), false, 'not by any other change');
  endpoint.update(ELSEWHERE);
  assert.ok(await startsSoon(endpoint));
});

test('enabled again, an endpoint begins afresh', async (t) => {
  const { endpoint, answer } = anEndpoint(t);
  endpoint.tryStart();
  answer(BUSY);
  endpoint.update({ ...SETTINGS, state: 'disabled' });
  assert.equal(endpoint.tryStart(), false);
  endpoint.update(SETTINGS);
  assert.ok(await startsSoon(endpoint));
});

test('a rest is shown until it is over, and a person ends it', async (t) => {
  const { endpoint, answer } = anEndpoint(t);
  assert.equal(endpoint.restingUntilMs, null);
  assert.ok(endpoint.tryStart());
  answer(BUSY);
  assert.equal(endpoint.restingReason, 'retry-after');
  const restsMs = (endpoint.restingUntilMs ?? 0) - Date.now();
  assert.ok(restsMs > 3_590_000 && restsMs <= 3_600_000, `${restsMs} ms`);
  endpoint.update({ ...SETTINGS, ratePerSecond: 1_000 });
  assert.notEqual(endpoint.restingUntilMs, null, 'another change does not');
  endpoint.update({ ...SETTINGS, resumedAtMs: 1 });
  assert.equal(endpoint.restingUntilMs, null);
  assert.ok(await startsSoon(endpoint));
});

test('an endpoint has no more requests under way than its own settings let, and says when it may', async (t) => {
  const { endpoint, ready, answer } = anEndpoint(t);
  endpoint.update({ ...SETTINGS, concurrency: 2 });
  assert.deepEqual(
    [1, 2, 3].map(() => endpoint.tryStart()),
    [true, true, false],
  );
  ready.length = 0;
  answer({ kind: 'accepted', status: 200 });
  assert.deepEqual(ready, [1], 'it is asked again as soon as one has ended');
  assert.deepEqual(
    [1, 2].map(() => endpoint.tryStart()),
    [true, false],
  );
  endpoint.update({ ...SETTINGS, concurrency: 3 });
  assert.deepEqual(
    [1, 2].map(() => endpoint.tryStart()),
    [true, false],
    'a change counts at once',
  );
  endpoint.update(SETTINGS);
  assert.ok(endpoint.tryStart());
});

test('while its proxy fails it rests, and a person may end that', (t) => {
  const { endpoint, answer } = anEndpoint(t);
  const byProxy: Outcome = { kind: 'unreachable', error: 'proxy' };
  assert.ok(endpoint.tryStart());
  answer(byProxy);
  assert.equal(endpoint.tryStart(), false);
  assert.deepEqual([endpoint.state, endpoint.isClosedAt(Date.now())], ['paused', true]);
  assert.ok((endpoint.restingUntilMs ?? 0) > Date.now());
  assert.equal(endpoint.restingReason, 'proxy');
  endpoint.update({ ...SETTINGS, resumedAtMs: Date.now() });
  assert.equal(endpoint.state, 'open', 'a person may end it');
  assert.ok(endpoint.tryStart());
  answer({ kind: 'accepted', status: 200 });
  assert.equal(endpoint.restingUntilMs, null);
});
