import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '../kafka/log-record.ts';
import { KeyTable } from './key-table.ts';
import { formatName, formatSeed, masterKey, nameOf } from './user-key.ts';
import type { Words } from './seed-table.ts';

const MASTER = masterKey('a key of the tests');

function record(user: string, seed: Words | null, headers: LogRecord['headers'] = {}): LogRecord {
  const name = nameOf(user, MASTER);
  return {
    ...{ topic: 'keys', partition: 1, offset: 0, timestampMs: 0, key: formatName(name), headers },
    value: seed && formatSeed(name, seed, MASTER),
  };
}

function idAfter(...records: readonly LogRecord[]): string | undefined {
  const table = new KeyTable(MASTER);
  for (const one of records) table.apply(one);
  return table.keyOf('ann')?.id;
}

const ONE: Words = [1, 1, 1, 1];
const TWO: Words = [2, 2, 2, 2];

test('of two producers that make a key for a user at once, the first in the log has made it', () => {
  assert.equal(idAfter(record('ann', ONE), record('ann', TWO)), idAfter(record('ann', ONE)));
  assert.notEqual(idAfter(record('ann', TWO)), idAfter(record('ann', ONE)));
});

test('the copy of an erasure counts, as the first one lay in what it has deleted', () => {
  const copy = record('ann', ONE, { copy: '1' });
  assert.equal(idAfter(record('ann', TWO), copy), idAfter(record('ann', ONE)));
});

test('an erasure destroys one key, remembers its id, and the next key is another one', () => {
  const table = new KeyTable(MASTER);
  table.apply(record('ann', ONE));
  table.apply(record('bob', ONE));
  const id = table.keyOf('ann')?.id ?? '';
  assert.equal(table.apply(record('ann', null, { 'delete-before': '7' })), true);
  assert.equal(table.keyOf('ann'), null);
  assert.ok(table.keyOf('bob'));
  assert.equal(table.isGone(id), true);
  assert.equal(table.deleteBefore(1), 7);
  table.apply(record('ann', TWO));
  assert.notEqual(table.keyOf('ann')?.id, id);
});

test('of destroyed keys the last ten thousand are remembered', () => {
  const table = new KeyTable(MASTER);
  for (let n = 0; n <= 10_000; n += 1) table.addGone(`${n}`);
  assert.deepEqual(
    ['0', '1', '10000'].map((id) => table.isGone(id)),
    [false, true, true],
  );
});

test('seeds of another SECRET_KEY are noticed', () => {
  const table = new KeyTable(masterKey('another key of the tests'));
  table.apply(record('ann', ONE));
  assert.equal(table.isOfOtherMaster, true);
});
