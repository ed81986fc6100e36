import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { forEachAtOnce } from './for-each-at-once.ts';

test('every item has its turn, and no more than so many at once', async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await forEachAtOnce(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
    running += 1;
    most = Math.max(most, running);
    await turn();
    running -= 1;
    done.push(item);
  });
  assert.deepEqual(done.sort(), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(most, 3);
});

test('the first error ends it when what is under way has ended', async () => {
  const begun: number[] = [];
  let ended = 0;
  const failing = forEachAtOnce(2, [1, 2, 3, 4, 5], async (item) => {
    begun.push(item);
    if (item === 2) throw new Error('second');
    await turn();
    ended += 1;
  });
  await assert.rejects(failing, /second/);
  assert.deepEqual([begun, ended], [[1, 2], 1]);
});
