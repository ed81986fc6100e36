import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutgoingRecord, TransactionalWriter } from '../../common/kafka/ports.ts';
import type { SourceRules, StoredSource } from '../../common/model/stored-source.ts';
import { SourceStore } from './store.ts';

const RULES: SourceRules = {
  ...{ userId: 'key', eventType: '/kind' },
  ...{ tombstones: 'skip', isForDefault: false },
};

/** The topic of the sources; `meanwhile` does what others do before the next write is tried. */
function aTopic() {
  const topic = {
    now: undefined as StoredSource | undefined,
    /** How many writes are made, and have no answer. */
    unanswered: 0,
    meanwhile: () => {},
  };
  const writer: TransactionalWriter = {
    fence: () => Promise.resolve(),
    write: ([record]: readonly OutgoingRecord[]) => {
      const { value = null } = record ?? {};
      topic.now = value === null ? undefined : (JSON.parse(String(value)) as StoredSource);
      if (topic.unanswered === 0) return Promise.resolve();
      topic.unanswered -= 1;
      topic.meanwhile();
      return Promise.reject(new Error('no answer'));
    },
    close: () => Promise.resolve(),
  };
  const store = new SourceStore({
    sources: {
      has: () => topic.now !== undefined,
      isBySettings: () => false,
      storedOf: () => topic.now,
    },
    table: { caughtUp: () => Promise.resolve() },
    stored: { topic: 'subscriptions', partitions: 1, openWriter: () => writer },
    watch: { describe: () => Promise.resolve(new Map()), lookQuietly: () => Promise.resolve() },
    view: { bounds: () => Promise.reject(), offsetsAt: () => Promise.reject() },
  });
  return { topic, create: () => store.create('orders', RULES, { kind: 'latest' }), store };
}

test('of two consoles that make a source in the same ms, one is told that it is there', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 });
  const { create } = aTopic();
  await create();
  await assert.rejects(create(), { code: 'source_exists' });
});

test('a write without an answer is tried again, and what it had made is no other source', async () => {
  const { topic, create } = aTopic();
  topic.unanswered = 1;
  await create();
  assert.deepEqual(topic.now?.rules, RULES);
});

test('a deletion that is tried again spares what another console has made meanwhile', async () => {
  const { topic, create, store } = aTopic();
  await create();
  const made = { ...(topic.now as StoredSource), createdAt: 1 };
  topic.unanswered = 1;
  topic.meanwhile = () => (topic.now = made);
  await store.remove('orders');
  assert.equal(topic.now, made);
});
