import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  byUrgency,
  defaultTexts,
  endpointChoices,
  endpointText,
  joined,
  ownOrDefault,
  placeInLog,
  scheduleText,
  subscriptionBody,
  waitingFor,
  waitingState,
} from './endpoints.js';

describe('endpoints', () => {
  const line = {
    subscription: null,
    target: 'u',
    state: 'ok',
    waiting: 1,
    oldest_waiting_seconds: 3,
  };
  const subscription = (id: string, enabled: boolean) => ({
    ...{ id, target_url: id, enabled, disabled_reason: enabled ? null : 'why' },
    ...{ event_types: [], description: '' },
  });

  test('one without a delivery is listed, a disabled one as disabled, the furthest behind first', () => {
    const all = joined([subscription('a', true), subscription('b', false)], [line]);
    assert.deepEqual(
      byUrgency(all).map(({ id, state }: { id: string; state: string }) => [id, state]),
      [
        ['default', 'ok'],
        ['b', 'disabled'],
        ['a', 'idle'],
      ],
    );
  });

  test('what its consumers have read is not counted twice where a cursor counts it, too', () => {
    assert.equal(waitingFor({ waiting: 3, behind: 3 }), 3);
    assert.equal(waitingFor({ waiting: 3, behind: null }), 3);
    assert.equal(waitingFor({ waiting: 0, behind: 2 }), 2);
  });

  test('what a paused or disabled endpoint counts is found as waiting, all else as queued', () => {
    const one = (state: string, waiting = 2) => ({ state, waiting, behind: null });
    assert.equal(waitingState([one('ok'), one('paused')]), 'waiting');
    assert.equal(waitingState([one('disabled')]), 'waiting');
    assert.equal(waitingState([one('ok'), one('paused', 0)]), 'queued');
  });

  test('an endpoint for which something waits is not said to have nothing that waits', () => {
    const at = (waiting: number, age: number | null) =>
      placeInLog({ waiting, behind: null, oldest_waiting_seconds: age }, 0);
    assert.equal(at(2, null), '2 deliveries wait at the end of the log.');
    assert.equal(at(1, 0), '1 delivery waits at the end of the log.');
    assert.equal(at(0, null), 'It is at the end of the log: nothing waits.');
    assert.match(at(2, 30), /^It is 30 s behind: /);
  });

  test('two of one URL have different texts, and the default one has its id', () => {
    const url = 'https://example.com/hook';
    const texts = [
      { id: 'default', url },
      { id: 'sub_1', url, description: 'Orders' },
      { id: 'sub_2', url, description: '' },
    ].map(endpointText);
    assert.deepEqual(texts, [
      'Default endpoint (example.com/hook · default)',
      'example.com/hook (Orders · sub_1)',
      'example.com/hook (sub_2)',
    ]);
  });

  test('a field offers the default one first, also before the status is known', () => {
    const others = [{ id: 'sub_1', target_url: 'https://example.com/a', description: 'Orders' }];
    assert.deepEqual(endpointChoices(others, [{ subscription: null, target: 'http://a/b' }]), [
      { id: 'default', text: 'Default endpoint · a/b' },
      { id: 'sub_1', text: 'Orders · example.com/a' },
    ]);
    assert.deepEqual(endpointChoices([], []), [{ id: 'default', text: 'Default endpoint' }]);
  });

  test('a default is shown with its value, and as one', () => {
    const settings = { ordering: 'key', timeout_ms: 15_000, retry_schedule_ms: [5_000, 300_000] };
    const { ordering, timeout, schedule } = defaultTexts(settings);
    assert.deepEqual([timeout, schedule], ['15s', '5s, 5m']);
    assert.equal(ownOrDefault(undefined, ordering), 'each user strictly in order, by default');
    assert.equal(ownOrDefault('2s', timeout), '2s');
    assert.equal(ownOrDefault(null, defaultTexts(undefined).timeout), 'the default');
  });

  test('the values of the form become the body of the request', () => {
    const values = { target_url: 'u', event_types: 'a, b.*  c', headers: 'X-A: 1:2\n\n y : z' };
    assert.deepEqual(subscriptionBody(values), {
      ...{ target_url: 'u', description: '', rate_limit: null, ordering: null },
      event_types: ['a', 'b.*', 'c'],
      headers: { 'X-A': '1:2', y: 'z' },
      ...{ timeout_ms: null, retry_schedule_ms: null, concurrency: null, format: 'standard' },
      signatures: ['v1'],
    });
  });

  test('times have units in the form, and what is none goes to the API as it is', () => {
    const values = { timeout_ms: '1.5s', retry_schedule_ms: '250ms, 5m soon', concurrency: 'x' };
    const body = subscriptionBody({ ...values, 'signature v1a': 'on' });
    assert.equal(body.timeout_ms, 1_500);
    assert.deepEqual(body.retry_schedule_ms, [250, 300_000, 'soon']);
    assert.equal(body.concurrency, 'x');
    assert.deepEqual(body.signatures, ['v1', 'v1a']);
    assert.deepEqual(subscriptionBody({ retry_schedule_ms: 'none' }).retry_schedule_ms, []);
    for (const schedule of [[250, 5_000, 300_000], [], [7_200_000]]) {
      const text = scheduleText(schedule);
      assert.deepEqual(subscriptionBody({ retry_schedule_ms: text }).retry_schedule_ms, schedule);
    }
  });
});
