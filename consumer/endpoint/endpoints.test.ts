// Goal: whatever is stored for a subscription, its endpoint can be made: it is closed if need be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../common/base/logger.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import { defaultsOf, settingsOf } from '../../common/send/endpoint-settings.ts';
import type { WatchedSender } from '../../common/send/sender.ts';
import { aSubscription } from '../../test/support/subscription.ts';
import { Endpoints } from './endpoints.ts';
import { OAuth2Sender } from '../../common/send/oauth2-sender.ts';
import { SubscriptionWriter } from './subscription-writer.ts';

const DEFAULTS = defaultsOf({ ORDERING: 'none', SECRET_KEY: '', CLOUDEVENTS_SOURCE: 'urn:test' });
const ANOTHER_KEY = `sealed:v1:${Buffer.alloc(40).toString('base64')}`;

const sender: WatchedSender = {
  send: () => Promise.reject(new Error('nothing is sent here')),
  underWay: () => [],
  close: () => Promise.resolve(),
};

const BROKEN: readonly [title: string, broken: Partial<Subscription>][] = [
  ['headers that cannot be read', { headers: { 'x-token': ANOTHER_KEY } }],
  ['a secret that cannot be read', { secrets: [{ text: ANOTHER_KEY, expiresAt: null }] }],
  ['a target that is no URL', { targetUrl: '//' }],
  ['a target of another scheme', { targetUrl: 'ftp://files.example/' }],
];
for (const [title, broken] of BROKEN) {
  test(`with ${title} a subscription is kept closed, and the process runs on`, (t) => {
    const listeners: ((id: string, now: Subscription | undefined) => void)[] = [];
    const stored = new Map([['sub_a', aSubscription({ id: 'sub_a', ...broken })]]);
    const subscriptions: CompactedTable<Subscription> = {
      ...{ get: (id) => stored.get(id), entries: () => stored.entries(), size: 1 },
      ...{ caughtUp: () => Promise.resolve(), close: () => Promise.resolve() },
      onChange: (listener) => void listeners.push(listener),
    };
    const logger = createLogger('test', 'silent');
    const store = { update: () => assert.fail('nothing is written') };
    const endpoints = new Endpoints(
      {
        ...{ subscriptions, standardSender: sender, guardedSender: sender, userAgent: 'test' },
        oauth2: new OAuth2Sender(sender, { timeoutMs: 1_000, guard: null }),
        settingsOf: (subscription) => settingsOf(subscription, DEFAULTS),
        writer: new SubscriptionWriter({ store, alongWith: () => [], logger }),
        ...{ disableAfterMs: null, onReady: () => {}, onNew: () => {}, logger },
      },
      settingsOf(aSubscription({ id: 'sub_b' }), DEFAULTS),
    );
    t.after(() => endpoints.close());
    const endpoint = endpoints.find('sub_a');
    assert.equal(endpoint?.state, 'disabled');
    listeners.forEach((changed) => changed('sub_a', aSubscription({ id: 'sub_a' })));
    assert.equal(endpoint.state, 'open', 'repaired, it goes on');
    listeners.forEach((changed) => changed('sub_a', stored.get('sub_a')));
    assert.equal(endpoint.state, 'disabled');
  });
}
