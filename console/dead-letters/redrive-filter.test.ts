import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { ALL_DEAD_LETTERS, classify } from './redrive-filter.ts';
import type { RedriveFilter } from './redrive-filter.ts';

const origin = {
  'webhook-id': 'd-1',
  'content-type': 'text/plain',
  traceparent: '00-abc',
  'webhook-replay': 'r-1',
  'wh-subscription': 'sub-1',
};
const failure = {
  '__dlq.errors.topic': 'webhooks.deliveries',
  '__dlq.errors.partition': '3',
  '__dlq.errors.offset': '17',
  '__dlq.errors.group': 'webhooks.delivery',
  '__dlq.errors.delivery.count': '5',
  '__dlq.errors.message': 'HTTP 500',
  'wh-attempt': '5',
  'wh-due-at': '1700000000000',
  'wh-first-failed-at': '1700000000000',
  'wh-last-status': '500',
};
const dead: LogRecord = {
  topic: 'webhooks.deliveries-dlt',
  partition: 3,
  offset: 1,
  key: 'user-1',
  value: Buffer.from('{}'),
  headers: { ...origin, ...failure },
  timestampMs: 1_000,
};
const withHeaders = (headers: Record<string, string>): LogRecord => ({
  ...dead,
  headers: { ...dead.headers, ...headers },
});

test('the failure is taken off, all else stays, and redrives are counted', () => {
  const headers = { ...origin, 'wh-redrives': '1' };
  assert.deepEqual(classify(dead, ALL_DEAD_LETTERS), { kind: 'redrive', headers });
  const again = classify(withHeaders({ 'wh-redrives': '41' }), ALL_DEAD_LETTERS);
  assert.equal(again.kind === 'redrive' && again.headers['wh-redrives'], '42');
  const damaged = classify(withHeaders({ 'wh-redrives': 'x' }), ALL_DEAD_LETTERS);
  assert.equal(damaged.kind === 'redrive' && damaged.headers['wh-redrives'], '1');
});

const filters: readonly [title: string, Partial<RedriveFilter>, matches: boolean][] = [
  ['no condition', {}, true],
  ['its id', { ids: new Set(['d-1']) }, true],
  ['one of several ids', { ids: new Set(['d-0', 'd-1']) }, true],
  ['another id', { ids: new Set(['d-2']) }, false],
  ['its subscription', { subscription: 'sub-1' }, true],
  ['another subscription', { subscription: 'sub' }, false],
  ['its user', { user: 'user-1' }, true],
  ['another user', { user: 'user-10' }, false],
  ['dead since exactly then', { sinceMs: 1_000 }, true],
  ['dead before', { sinceMs: 1_001 }, false],
  ['the endpoint of WEBHOOK_URL', { subscription: 'default' }, false],
  ['a part of its error', { error: 'http 5' }, true],
  ['another error', { error: 'timeout' }, false],
  ['its status', { status: 500 }, true],
  ['another status', { status: 503 }, false],
  ['all conditions', { ids: new Set(['d-1']), user: 'user-1', status: 500, sinceMs: 0 }, true],
  ['all but one', { ids: new Set(['d-1']), user: 'user-1', status: 501, sinceMs: 0 }, false],
];
for (const [title, filter, matches] of filters) {
  test(`filter: ${title}`, () => {
    const { kind } = classify(dead, { ...ALL_DEAD_LETTERS, ...filter });
    assert.equal(kind, matches ? 'redrive' : 'no-match');
  });
}

test('a delivery that had no answer matches no status', () => {
  const unanswered = withHeaders({ 'wh-last-status': '' });
  assert.equal(classify(unanswered, { ...ALL_DEAD_LETTERS, status: 500 }).kind, 'no-match');
});

test('what can never be understood is skipped with the reason, if the filter asks for it', () => {
  const nameless = withHeaders({ 'webhook-id': '' });
  const reason = 'header webhook-id must be 1 to 200 visible ASCII characters';
  assert.deepEqual(classify(nameless, ALL_DEAD_LETTERS), { kind: 'skip', reason });
  assert.equal(classify({ ...dead, value: null }, ALL_DEAD_LETTERS).kind, 'skip');
  assert.equal(classify(nameless, { ...ALL_DEAD_LETTERS, user: 'nobody' }).kind, 'no-match');
});

test('a dead letter of another program, without an id, goes under the place of its original', () => {
  const { 'webhook-id': _id, ...headers } = dead.headers;
  const origin = {
    '__dlq.errors.topic': 'd',
    '__dlq.errors.partition': '3',
    '__dlq.errors.offset': '17',
  };
  const verdict = classify({ ...dead, headers: { ...headers, ...origin } }, ALL_DEAD_LETTERS);
  assert.ok(verdict.kind === 'redrive');
  assert.equal(verdict.headers['webhook-id'], 'd-3-17');
});

test('a damaged header of the failure does not keep a delivery from its redrive', () => {
  const damaged = withHeaders({ 'wh-attempt': '0', 'wh-due-at': 'soon' });
  assert.equal(classify(damaged, ALL_DEAD_LETTERS).kind, 'redrive');
});
