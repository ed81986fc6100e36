import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeKey } from './outcome-key.ts';

const ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const INBOX = { bucket: 'alerts', prefix: 'a/in/' };

test('a read object keeps its folder below the inbox, and its name gets the id', () => {
  const key = outcomeKey('a/in/2026/11/x.csv', { id: ID, name: 'x.csv' }, INBOX, 'failed');
  assert.equal(key, `a/failed/2026/11/${ID}-x.csv`);
  const whole = { bucket: 'alerts', prefix: '' };
  assert.equal(outcomeKey('x.csv', { id: ID, name: 'x.csv' }, whole, 'done'), `done/${ID}-x.csv`);
});

test('a key that would become too long loses its folder', () => {
  const long = `a/in/${'f/'.repeat(490)}x.csv`;
  assert.equal(outcomeKey(long, { id: ID, name: 'x.csv' }, INBOX, 'done'), `a/done/${ID}-x.csv`);
});
