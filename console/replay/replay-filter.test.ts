import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { IS_A_COPY, classify } from './replay-filter.ts';

const ALL = { subscription: null, user: null };
const headers = { 'webhook-id': 'd-1', 'wh-subscription': 'sub-1', 'event-type': 'order.paid' };
const accepted: LogRecord = {
  ...{ topic: 'webhooks.deliveries', partition: 3, offset: 7, timestampMs: 1_000 },
  ...{ key: 'user-1', value: Buffer.from('{}'), headers },
};
const takesNone = () => false;
const withHeaders = (more: Record<string, string>): LogRecord => ({
  ...accepted,
  headers: { ...headers, ...more },
});

test('a copy keeps every header and says which replay wrote it', () => {
  const copy = { kind: 'copy', record: accepted } as const;
  const expected = { ...copy, headers: { ...headers, 'webhook-replay': 'r-1' } };
  assert.deepEqual(classify(accepted, ALL, 'r-1', takesNone), expected);
  const failed = withHeaders({
    'wh-attempt': '3',
    'wh-due-at': '1700000000000',
    'wh-first-failed-at': '1',
    'wh-last-status': '500',
    '__dlq.errors.message': 'no',
  });
  assert.deepEqual(classify(failed, ALL, 'r-1', takesNone), { ...expected, record: failed });
});

const filters: readonly [title: string, filter: Partial<typeof ALL | object>, kind: string][] = [
  ['no condition', {}, 'copy'],
  ['its user', { user: 'user-1' }, 'copy'],
  ['another user', { user: 'user-10' }, 'no-match'],
  ['its subscription', { subscription: 'sub-1' }, 'copy'],
  ['another subscription', { subscription: 'sub' }, 'no-match'],
  ['one of two conditions', { user: 'user-1', subscription: 'sub-2' }, 'no-match'],
];
for (const [title, filter, kind] of filters) {
  test(`filter: ${title}`, () => {
    assert.equal(classify(accepted, { ...ALL, ...filter }, 'r-1', takesNone).kind, kind);
  });
}

test('copies of a replay or a redrive are passed over, whichever replay asks', () => {
  for (const more of [{ 'webhook-replay': 'r-0' }, { 'wh-redrives': '1' }]) {
    assert.deepEqual(classify(withHeaders(more), ALL, 'r-1', takesNone), {
      kind: 'skip',
      reason: IS_A_COPY,
    });
    assert.equal(
      classify(withHeaders(more), { ...ALL, user: 'nobody' }, 'r-1', takesNone).kind,
      'no-match',
    );
  }
});

test('what can never be delivered is passed over with the reason', () => {
  assert.deepEqual(classify({ ...accepted, value: null }, ALL, 'r-1', takesNone), {
    kind: 'skip',
    reason: 'the record has no value, so there is no body',
  });
});

test('a record of another program, without an id, is copied under its place in the log', () => {
  const verdict = classify({ ...accepted, headers: {} }, ALL, 'r-1', takesNone);
  assert.ok(verdict.kind === 'copy');
  const { topic, partition, offset } = accepted;
  assert.equal(verdict.headers['webhook-id'], `${topic}-${partition}-${offset}`);
});

test('of an event, one subscription that is asked for gets its delivery alone; without one, all do', () => {
  const { 'wh-subscription': _, ...rest } = headers as Record<string, string>;
  const event: LogRecord = { ...accepted, headers: { ...rest, 'wh-fan-out': '1' } };
  const all = classify(event, ALL, 'r-1', takesNone);
  assert.deepEqual(all.kind === 'copy' && all.headers, {
    ...event.headers,
    'webhook-replay': 'r-1',
  });
  const one = classify(event, { ...ALL, subscription: 'sub-9' }, 'r-1', () => true);
  assert.deepEqual(one.kind === 'copy' && one.headers, {
    ...rest,
    'webhook-id': `${event.headers['webhook-id']}-sub-9`,
    'wh-subscription': 'sub-9',
    'webhook-replay': 'r-1',
  });
  assert.equal(
    classify(event, { ...ALL, subscription: 'sub-9' }, 'r-1', takesNone).kind,
    'no-match',
  );
});

test('WEBHOOK_URL can be asked for: what names no subscription, and events that are for it, too', () => {
  const toDefault = { ...ALL, subscription: 'default' };
  const { 'wh-subscription': _, ...direct } = headers;
  const own = { ...accepted, headers: direct };
  assert.equal(classify(own, toDefault, 'r-1', takesNone).kind, 'copy');
  assert.equal(classify(accepted, toDefault, 'r-1', takesNone).kind, 'no-match');
  const event = { ...accepted, headers: { ...direct, 'wh-fan-out': '1' } };
  assert.equal(classify(event, toDefault, 'r-1', takesNone).kind, 'no-match');
  const taken = classify(event, toDefault, 'r-1', () => true);
  assert.ok(taken.kind === 'copy');
  assert.deepEqual(
    [taken.record.headers['wh-subscription'], taken.record.headers['wh-fan-out']],
    [undefined, undefined],
    'the copy is for that endpoint alone',
  );
});
