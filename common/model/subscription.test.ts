// Goal: processes of two versions share the subscriptions, and neither loses what the other wrote.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSubscription } from '../../test/support/subscription.ts';
import { defaultsOf, settingsOf } from '../send/endpoint-settings.ts';
import { parseConsumerState } from './consumer-state.ts';
import { parseSubscription } from './subscription.ts';

const DEFAULTS = defaultsOf({ ORDERING: 'none', SECRET_KEY: '', CLOUDEVENTS_SOURCE: 'urn:test' });
const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;

const read = (stored: object) => parseSubscription(JSON.stringify(stored));

test('members that a later version has stored are kept, nested ones too', () => {
  const stored = {
    ...aSubscription({ id: 'sub_a' }),
    ...{ proxy: 'none', failing: { since: 1, lastAt: 2, count: 3 } },
    secrets: [{ text: SECRET, expiresAt: null, kind: 'hsm' }],
    begins: { deliveries: { topicId: 'x', offsets: [1], epoch: 4 } },
  };
  assert.deepEqual(read(stored), stored);
});

test('a signature that a later version makes is kept, and the known ones are sent', () => {
  const secrets = [{ text: SECRET, expiresAt: null }];
  const signatures = ['v1', 'v7', 'rfc9421-mldsa', 'v1a'];
  const found = read({ ...aSubscription({ id: 'sub_a', secrets }), signatures });
  assert.ok(found);
  assert.deepEqual(found.signatures, signatures);
  const { keys, messageKeys, state } = settingsOf(found, DEFAULTS);
  assert.equal(state, 'enabled');
  assert.deepEqual([keys[0]?.keys.length, messageKeys], [2, []]);
});

for (const unknown of [
  ...[{ format: 'avro' }, { ordering: 'batch' }, { state: 'draining' }],
  ...[{ filter: { any: [] } }, { concurrency: '1/s' }],
]) {
  test(`with ${JSON.stringify(unknown)} of a later version a subscription is there, and closed`, () => {
    const known = aSubscription({ id: 'sub_a', eventTypes: ['order.*'] });
    const found = read({ ...known, ...unknown });
    assert.deepEqual(
      [found?.id, found?.eventTypes, found?.state],
      ['sub_a', ['order.*'], 'disabled'],
    );
    assert.equal(found?.isNotUnderstood, true);
    assert.match(found?.disabledReason ?? '', /a later version of Hookline/);
    const deleted = read({ ...known, ordering: 'batch', state: 'deleted' });
    assert.equal(deleted?.state, 'deleted');
  });
}

test('other records of its topic are no subscriptions', () => {
  assert.equal(read({ kind: 'default-endpoint', state: 'enabled', id: 'x', targetUrl: 'y' }), null);
  assert.equal(read({ kind: 'source', topic: 't' }), null);
  assert.equal(parseSubscription('no JSON'), null);
});

test('of the state of a later consumer all is read that is known', () => {
  const known = { kind: 'key-stuck', detail: 'deliveries/3' };
  const alarms = [{ kind: 'moon-full', detail: 'x' }, known];
  const state = { clientId: 'c', alarms, endpoints: [{ subscription: null, state: 'humming' }] };
  const found = parseConsumerState(JSON.stringify(state));
  assert.deepEqual([found?.alarms, found?.endpoints], [[known], []]);
});
