import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locatorText, parseEventType, parseUserId } from '../../common/model/source.ts';
import type { Locator } from '../../common/model/source.ts';
import type { StoredSource } from '../../common/model/stored-source.ts';
import { sourceView } from './view.ts';

const SOURCE = {
  topic: 'orders',
  userId: { kind: 'key' },
  eventType: { kind: 'pointer', path: ['a/b', 'c~d'] },
  tombstones: 'deliver',
  isForDefault: true,
} as const;

function viewOf(from?: StoredSource['from']) {
  const begun = { kind: 'source', topic: 'orders', rules: null, begins: {}, createdAt: 0 } as const;
  return sourceView(SOURCE, {
    sources: {
      storedOf: () => from && { ...begun, from },
      all: () => [SOURCE],
      stateOf: () => (from ? 'reading' : 'forbidden'),
      partitionsOf: () => (from ? 5 : 0),
      isBySettings: () => from === undefined,
    },
    figures: () => ({ topics: [], rates: { of: () => 2.5 } }),
    settingsFrom: 'earliest',
  });
}

test('a source is shown with its place as it was asked for', () => {
  const places = [
    [{ kind: 'latest' }, 'now'],
    [{ kind: 'earliest' }, 'earliest'],
    [{ kind: 'offset', offset: 7 }, '7'],
    [{ kind: 'time', atMs: 1_800_000_000_000 }, '2027-01-15T08:00:00.000Z'],
  ] as const;
  for (const [from, text] of places) assert.equal(viewOf(from).from, text);
  const { reason, partitions, created_at, by, user_id, event_type, rate } = viewOf(places[0][0]);
  assert.deepEqual([reason, partitions, by, rate], [null, 5, 'api', 2.5]);
  assert.equal(created_at, '1970-01-01T00:00:00.000Z');
  assert.deepEqual([user_id, event_type], ['key', '/a~1b/c~0d']);
});

test('one of the settings that may not be read says so, and that it is not begun', () => {
  const { reason, partitions, created_at, by, from } = viewOf();
  assert.match(reason ?? '', /the ACL Read on Topic orders is missing/);
  assert.deepEqual([partitions, created_at, by, from], [null, null, 'settings', 'earliest']);
});

test('what is shown of where a record names something is read as the same again', () => {
  const texts = ['key', 'header:event-type', '/after/a~1b/c~0d/', 'order.changed'];
  const parse = (text: string) => (text === 'key' ? parseUserId(text) : parseEventType(text));
  assert.deepEqual(
    texts.map((text) => locatorText(parse(text) as Locator)),
    texts,
  );
});
