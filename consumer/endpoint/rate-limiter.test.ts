import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRateLimiter } from './rate-limiter.ts';

test('after an idle period a low rate lets one send go at once, not two', async (t) => {
  let taken = 0;
  let wanted = 2;
  const takeAll = () => {
    for (; wanted > 0 && limiter.tryTake(); wanted -= 1) taken += 1;
  };
  const limiter = createRateLimiter(takeAll);
  t.after(() => limiter.close());
  limiter.allow({ kind: 'rate', ratePerSecond: 2 });
  takeAll();
  while (wanted > 0) await sleep(20);
  await sleep(2_000);

  taken = 0;
  wanted = 4;
  takeAll();
  await sleep(200);
  assert.equal(taken, 1);
});

test('two processes that share a low rate send in slots, not at the same time', async (t) => {
  const sentAtMs: number[] = [];
  const shares = [0, 1].map((partition) => ({ partitions: [partition], of: 2 }));
  for (const share of shares) {
    const takeAll = () => {
      while (limiter.tryTake()) sentAtMs.push(performance.now());
    };
    const limiter = createRateLimiter(takeAll);
    t.after(() => limiter.close());
    limiter.allow({ kind: 'slots', slots: { ratePerSecond: 4, share } });
  }
  const delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  await sleep(3_100);
  delays.disable();
  // Longest standstill of this process under other load, in ms: timers come late by as much.
  const lateMs = delays.max / 1e6;
  const gapsMs = sentAtMs.slice(1).map((atMs, index) => atMs - (sentAtMs[index] as number));
  const fewest = 11 - Math.ceil(lateMs / 250);
  assert.ok(sentAtMs.length >= fewest && sentAtMs.length <= 13, `${sentAtMs.length} in 3.1 s`);
  assert.ok(Math.min(...gapsMs) > 170 - lateMs, `${gapsMs.join(' ')}, ${lateMs} late`);
});
