import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import { SharedWrite } from './shared-write.ts';

const record = (key: string): OutgoingRecord => {
  return { topic: 't', partition: 0, key, value: '', headers: {} };
};

/** Three files, and each transaction with what ends it. */
function threeFiles() {
  const written: string[][] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const shared = new SharedWrite(3, (records) => {
    const { promise, ...end } = Promise.withResolvers<void>();
    written.push(records.map(({ key }) => String(key)));
    ends.push(end);
    return promise;
  });
  return { shared, written, ends };
}

test('it waits for all files that are still read, and not for those that have ended', async () => {
  const { shared, written, ends } = threeFiles();
  const a = shared.write([record('a1'), record('a2')]);
  const b = shared.write([record('b')]);
  assert.deepEqual(written, []);
  shared.leave();
  assert.deepEqual(written, [['a1', 'a2', 'b']]);
  ends[0]?.resolve();
  await Promise.all([a, b]);
});

test('a transaction that fails fails for every file of it, and for no other', async () => {
  const { shared, written, ends } = threeFiles();
  const many = Array.from({ length: 10_000 }, () => record('a'));
  const a = shared.write(many);
  assert.equal(written.length, 1, 'enough for a transaction of its own');
  const b = shared.write([record('b')]);
  const c = shared.write([record('c')]);
  await turn();
  assert.equal(written.length, 1, 'one transaction at a time');
  ends[0]?.reject(new Error('fenced'));
  await assert.rejects(a, /fenced/);
  shared.leave();
  assert.deepEqual(written[1], ['b', 'c']);
  ends[1]?.resolve();
  await Promise.all([b, c]);
});
