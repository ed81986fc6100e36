import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutgoingRecord, TransactionalWriter } from '../kafka/ports.ts';
import { changeStored } from './change-stored.ts';

/** A topic, of which a process knows what it has read, and what is done to it in turn. */
function aStored(first: object) {
  const state = { known: first, inTopic: first, done: [] as string[] };
  const table = {
    caughtUp: () => {
      state.done.push('read');
      state.known = state.inTopic;
      return Promise.resolve();
    },
  };
  const writer: TransactionalWriter = {
    fence: () => Promise.resolve(void state.done.push('fence')),
    write: ([record, ...along]: readonly OutgoingRecord[]) => {
      state.done.push(['write', ...along.map(({ key }) => key)].join(' '));
      state.inTopic = JSON.parse(String(record?.value)) as object;
      return Promise.resolve();
    },
    close: () => Promise.resolve(void state.done.push('close')),
  };
  const topic = { topic: 'subscriptions', partitions: 3, openWriter: () => writer };
  return { state, table, topic };
}

test('a change is made of what others have written by then, and is read back', async () => {
  const { state, table, topic } = aStored({ by: 'nobody' });
  state.inTopic = { by: 'another console' };
  const along = { topic: 't', partition: 0, key: 'with it', value: null, headers: {} };
  await changeStored(topic, table, 'sub_a', () => {
    return { value: { ...state.known, isPaused: true }, along: [along] };
  });
  assert.deepEqual(state.inTopic, { by: 'another console', isPaused: true });
  assert.deepEqual(state.known, state.inTopic);
  assert.deepEqual(state.done, ['fence', 'read', 'write with it', 'read', 'close']);
});

test('where nothing is to be changed, nothing is written', async () => {
  const { state, table, topic } = aStored({});
  await changeStored(topic, table, 'sub_a', () => null);
  assert.deepEqual(state.done, ['fence', 'read', 'close']);
});
