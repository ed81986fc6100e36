// Goal: a record whose schema cannot be had holds up what follows, and nothing that lies before it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { framedValue, schemaRegistry } from '../../test/support/schema-registry.ts';
import { loadConfig } from '../config/config.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import type { StoredSource } from '../model/stored-source.ts';
import type { TopicWatch } from '../topics/topic-watch.ts';
import { Sources } from './sources.ts';

const TEXT = '{"type":"record","name":"R","fields":[{"name":"s","type":"string"}]}';

/** A source that the API has made. */
function aStored(createdAt: number, begins: StoredSource['begins'] = {}): StoredSource {
  const text = {
    userId: 'key',
    eventType: '/kind',
    tombstones: 'skip',
    isForDefault: false,
  } as const;
  const from = { kind: 'latest' } as const;
  return { kind: 'source', topic: 'orders', rules: text, from, begins, createdAt };
}

/** Sources that the API makes and deletes; `look` says what a look finds. */
function changing(settings: Record<string, string> = {}) {
  let stored: StoredSource[] = [];
  const on: { change?: () => void; look?: Parameters<TopicWatch['onLook']>[0] } = {};
  let followed: () => readonly string[] = () => [];
  const sources = new Sources({
    config: loadConfig(settings),
    table: { sources: () => stored, onSourceChange: (listener) => (on.change = listener) },
    watch: {
      ...{ partitions: 1, idOf: () => 'a', follow: (topics) => (followed = topics) },
      ...{ onLook: (listener) => (on.look = listener), lookQuietly: () => Promise.resolve() },
    },
  });
  return {
    sources,
    store: (...all: StoredSource[]) => {
      stored = all;
      on.change?.();
    },
    look: (found: Record<string, boolean>) => {
      const entries = Object.entries(found).map(([topic, mayRead]) => {
        return [topic, { id: 'a', partitions: 5, mayRead }] as const;
      });
      on.look?.(new Map(entries), followed());
    },
  };
}

function aRecord(offset: number, schemaId: number): LogRecord {
  const value = framedValue(schemaId, Buffer.from([2, 0x78]));
  const at = { topic: 'orders', partition: 0, offset, timestampMs: 7 };
  return { ...at, key: null, headers: {}, value };
}

test('a source is read once it was looked for and has its place, until it is deleted', () => {
  const { sources, store, look } = changing();
  const changes: string[] = [];
  sources.onChange(() => changes.push(String(sources.topics)));
  const record = { ...aRecord(3, 1), value: Buffer.from('{"kind":"paid"}') };
  assert.equal(sources.read(record), record, 'of a topic that is none');
  const states = [];
  assert.equal(sources.isUsed, false);
  store(aStored(1, null));
  assert.ok(sources.isNotRead('orders'));
  states.push(sources.stateOf('orders'));
  look({});
  states.push(sources.stateOf('orders'));
  look({ orders: false });
  states.push(sources.stateOf('orders'));
  look({ orders: true });
  states.push(sources.stateOf('orders'));
  store(aStored(1));
  states.push(sources.stateOf('orders'));
  assert.deepEqual(states, ['starting', 'missing', 'forbidden', 'starting', 'reading']);
  assert.deepEqual(
    ['orders', 'other'].map((topic) => sources.isNotRead(topic)),
    [false, false],
  );
  assert.equal(sources.read(record)?.headers['event-type'], 'paid');
  store();
  assert.deepEqual(changes, ['orders', '']);
  assert.equal(sources.whyCancelled('orders'), 'its source was deleted');
  assert.ok(sources.isUsed, 'positions of it may be about');
  assert.equal(sources.whyCancelled('w.deliveries'), null);
  assert.equal(sources.read(record), null, 'what was fetched before is nobody’s delivery');
});

test('one that was made again has another life, also when it was deleted for a moment only', () => {
  const { sources, store } = changing({ SOURCE_TOPICS: 'orders' });
  assert.equal(sources.lifeOf('orders'), '');
  const lives = [1_800_000_000_000, 1_800_000_000_001].map((createdAt) => {
    store(aStored(createdAt));
    store();
    return sources.lifeOf('orders');
  });
  assert.equal(new Set(lives).size, 2);
  for (const life of lives) assert.match(life, /^[0-9a-f]{8}$/);
  assert.deepEqual([...sources.all()].length, 1, 'of the settings');
});

test('records are read up to the first whose schema is not there, and that one is not passed over', async (t) => {
  const { url, schemas } = await schemaRegistry(t);
  schemas.set('/schemas/ids/1', { schema: TEXT });
  const sources = new Sources({
    config: loadConfig({ SOURCE_TOPICS: 'orders', SCHEMA_REGISTRY_URL: url }),
    table: { sources: () => [], onSourceChange: () => {} },
    watch: {
      ...{ partitions: 1, idOf: () => '', follow: () => {}, onLook: () => {} },
      lookQuietly: () => Promise.resolve(),
    },
  });
  const records = [aRecord(3, 1), aRecord(5, 1), aRecord(8, 2), aRecord(9, 1)];
  const { read, heldAt } = await sources.readAll(records);
  assert.deepEqual(
    [read.map(({ offset, value }) => [offset, String(value)]), heldAt],
    [
      [
        [3, '{"s":"x"}'],
        [5, '{"s":"x"}'],
      ],
      8,
    ],
  );
  await assert.rejects(sources.readAll(records.slice(2)), { code: 'schema_unavailable' });
  const all = await sources.readAll(records.slice(0, 2));
  assert.equal(all.heldAt, null);
});
