import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSubscription } from '../../test/support/subscription.ts';
import type { CompactedTable, OutgoingRecord, TransactionalWriter } from '../kafka/ports.ts';
import { SubscriptionStore } from './subscription-store.ts';
import { parseSubscription } from '../model/subscription.ts';
import type { Subscription } from '../model/subscription.ts';

test('a process that has just begun lists all subscriptions, not those read so far', async () => {
  const values = new Map([['sub_b', aSubscription({ id: 'sub_b' })]]);
  const caughtUp = Promise.withResolvers<void>();
  const table: CompactedTable<Subscription> = {
    get: (key) => values.get(key),
    entries: () => values.entries(),
    size: values.size,
    caughtUp: () => caughtUp.promise,
    onChange: () => {},
    close: () => Promise.resolve(),
  };
  const publisher = { publish: () => Promise.resolve(), close: () => Promise.resolve() };
  const openWriter = () => assert.fail('nothing is written');
  const deps = { table, publisher, openWriter, topic: 'subscriptions', partitions: 1 };
  const listing = new SubscriptionStore(deps).list();
  values.set('sub_a', aSubscription({ id: 'sub_a' }));
  values.set('sub_c', aSubscription({ id: 'sub_c', state: 'deleted' }));
  caughtUp.resolve();
  assert.deepEqual(
    (await listing).map(({ id }) => id),
    ['sub_a', 'sub_b'],
  );
});

test('a write is answered when it is read back, in whatever order its members come', async () => {
  type OnChange = (key: string, value: Subscription | undefined) => void;
  const listeners: OnChange[] = [];
  const table: CompactedTable<Subscription> = {
    get: () => undefined,
    entries: () => new Map<string, Subscription>().entries(),
    size: 0,
    caughtUp: () => Promise.resolve(),
    onChange: (listener: OnChange) => void listeners.push(listener),
    close: () => Promise.resolve(),
  };
  const publish = ({ value }: { readonly value: string | Buffer | null }) => {
    const written = JSON.parse(String(value)) as Subscription;
    const turned = Object.fromEntries(Object.entries(written).reverse()) as unknown;
    for (const listener of listeners) listener(written.id, turned as Subscription);
    return Promise.resolve();
  };
  const publisher = { publish, close: () => Promise.resolve() };
  const openWriter = () => assert.fail('no writer is fenced');
  const deps = { table, publisher, openWriter, topic: 'subscriptions', partitions: 1 };
  await new SubscriptionStore(deps).create({ ...aSubscription({ id: 'sub_a' }), isPaused: true });
});

test('a change keeps what a later version has stored, and is refused where that is not understood', async () => {
  const later = { ...aSubscription({ id: 'sub_a' }), proxy: 'none' };
  let text = JSON.stringify(later);
  const listeners: ((key: string, value: Subscription | undefined) => void)[] = [];
  const table: CompactedTable<Subscription> = {
    get: () => parseSubscription(text) ?? undefined,
    entries: () => new Map<string, Subscription>().entries(),
    size: 1,
    caughtUp: () => Promise.resolve(),
    onChange: (listener) => void listeners.push(listener),
    close: () => Promise.resolve(),
  };
  const write = (records: readonly OutgoingRecord[]) => {
    text = String(records[0]?.value);
    for (const listener of listeners) listener('sub_a', table.get('sub_a'));
    return Promise.resolve();
  };
  const done = () => Promise.resolve();
  const openWriter = () => ({ fence: done, write, close: done }) as unknown as TransactionalWriter;
  const publisher = { publish: () => assert.fail('it is written with a writer'), close: done };
  const deps = { table, publisher, openWriter, topic: 'subscriptions', partitions: 1 };
  const store = new SubscriptionStore(deps);
  const described = (now: Subscription) => ({ ...now, description: 'changed' });
  await store.update('sub_a', described);
  assert.deepEqual(JSON.parse(text), { ...later, description: 'changed' });
  text = JSON.stringify({ ...later, ordering: 'batch' });
  await assert.rejects(store.update('sub_a', described), { code: 'subscription_not_understood' });
  assert.equal((JSON.parse(text) as Subscription).description, '', 'it is left as it was');
});
