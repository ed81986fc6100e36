import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLeaseLimiter } from './lease-limiter.ts';

test('after an idle spell a low rate lets one send go at once, not two', async (t) => {
  let taken = 0;
  let wanted = 2;
  const takeAll = () => {
    for (; wanted > 0 && limiter.tryTake(); wanted -= 1) taken += 1;
  };
  const limiter = createLeaseLimiter(takeAll);
  t.after(() => limiter.close());
  limiter.setRate(2);
  takeAll();
  while (wanted > 0) await sleep(20);
  await sleep(2_000);

  taken = 0;
  wanted = 4;
  takeAll();
  await sleep(200);
  assert.equal(taken, 1);
});
