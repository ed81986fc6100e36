import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from './topic-settings.ts';

test('a topic that is kept in another way is named with the command that changes it', () => {
  const table = [
    { name: 'a', settings: { 'retention.ms': '1000' } },
    { name: 'b', settings: { 'retention.ms': '5' } },
    { name: 'hidden', settings: { 'retention.ms': '5' } },
  ];
  const actual = new Map([
    ['a', new Map([['retention.ms', '2000']])],
    ['b', new Map([['retention.ms', '5']])],
  ]);
  assert.deepEqual(differences(table, actual), [
    'kafka-configs --alter --entity-type topics --entity-name a --add-config retention.ms=1000 (now retention.ms=2000)',
  ]);
});
