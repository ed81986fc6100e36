import assert from 'node:assert/strict';
import { test } from 'node:test';
import { USER_AGENT } from '../../common/base/version.ts';
import { describeFailure } from '../../common/send/outcome.ts';
import type { NetworkFailure } from '../../common/send/outcome.ts';
import { sentHeaders } from './sent-headers.ts';

const row = {
  ...({ id: 'a', attempt: 2, state: 'retrying' } as const),
  ...{ at: 5_700, latency_ms: 800, event_type: 'x.y', error: 'HTTP 500' },
};
const endpoint = { names: ['X-Token'], isSigned: true };

test('what was sent is made up from the record, without secrets', () => {
  const headers = { 'webhook-id': 'a', 'content-type': 'text/plain', traceparent: '00-1' };
  const record = { headers: { ...headers, 'webhook-replay': 'r' }, value: Buffer.from('hi') };
  const known = { 'webhook-id': 'a', 'webhook-timestamp': '4', 'webhook-attempt': '2' };
  assert.deepEqual(sentHeaders(row, record, endpoint), {
    ...known,
    'content-type': 'text/plain',
    'user-agent': USER_AGENT,
    'event-type': 'x.y',
    'webhook-replay': 'r',
    'webhook-signature': '(hidden)',
    'x-token': '(hidden)',
  });
  const bare = sentHeaders(row, null, { names: [], isSigned: false });
  assert.deepEqual(bare, { ...known, 'user-agent': USER_AGENT, 'event-type': 'x.y' });
  const bodyForm = { source: '/s', format: 'cloudevents-structured' as const };
  const event = sentHeaders(row, record, { ...endpoint, bodyForm });
  assert.match(String(event?.['content-type']), /^application\/cloudevents\+json/);
});

test('of what was not sent there are no headers', () => {
  assert.equal(sentHeaders({ ...row, attempt: 0 }, null, endpoint), null);
  assert.equal(sentHeaders({ ...row, state: 'cancelled' }, null, endpoint), null);
  const failed = (failure: NetworkFailure) => {
    const error = describeFailure({ kind: 'unreachable', error: failure }, 'why');
    return sentHeaders({ ...row, error }, null, endpoint);
  };
  assert.equal(failed('connection-refused'), null);
  assert.equal(failed('dns'), null);
  assert.notEqual(failed('timeout'), null, 'it may have been sent');
});
