import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pause, pollUntil, repeatEvery, retryUntilDone, retryWhile, waitAtMost } from './retry.ts';

function failing(times: number) {
  let calls = 0;
  return () => {
    calls += 1;
    return calls > times ? Promise.resolve(calls) : Promise.reject(new Error(`failure ${calls}`));
  };
}

test('work is done again until it succeeds', async () => {
  assert.equal(await retryUntilDone(failing(2), { pauseMs: 1, mayRetry: () => true }), 3);
});

test('the error that may not be retried is thrown, or the one that is thrown for it', async () => {
  const once = (error: unknown) => (error as Error).message === 'failure 1';
  const retries = { pauseMs: 1, mayRetry: once };
  await assert.rejects(retryUntilDone(failing(3), retries), { message: 'failure 2' });
  const mayRetry = () => {
    throw new Error('closed meanwhile');
  };
  await assert.rejects(retryUntilDone(failing(1), { pauseMs: 1, mayRetry }), {
    message: 'closed meanwhile',
  });
});

test('an abort ends a pause, and is no error', async () => {
  const ending = new AbortController();
  const paused = pause(60_000, ending.signal);
  ending.abort();
  await paused;
  await pause(60_000, ending.signal);
});

test('work that fails is done again while it is wanted, and each failure is reported', async () => {
  const failures: string[] = [];
  const onFailure = (error: unknown) => failures.push((error as Error).message);
  const isWanted = () => failures.length < 3;
  assert.equal(await retryWhile(isWanted, failing(2), { pauseMs: 1, onFailure }), 3);
  assert.equal(await retryWhile(isWanted, failing(9), { pauseMs: 1, onFailure }), null);
  assert.deepEqual(failures, ['failure 1', 'failure 2', 'failure 1']);
});

test('a promise is waited for at most as long as was said, and its rejection is thrown', async () => {
  assert.equal(await waitAtMost(Promise.resolve(7), 60_000), true);
  assert.equal(await waitAtMost(new Promise(() => {}), 1), false);
  await assert.rejects(waitAtMost(Promise.reject(new Error('gone')), 60_000), { message: 'gone' });
});

test('a condition is looked at until it holds, or until the deadline', async () => {
  let looks = 0;
  assert.equal(await pollUntil(() => (looks += 1) === 3, { everyMs: 1 }), true);
  assert.equal(looks, 3);
  const never = () => Promise.resolve(false);
  assert.equal(await pollUntil(never, { everyMs: 1, deadlineMs: Date.now() + 3 }), false);
});

test('work at intervals goes on after a failure, and ends with the abort', async () => {
  const [closing, failures] = [new AbortController(), [] as string[]];
  const onFailure = (error: unknown) => failures.push((error as Error).message);
  let rounds = 0;
  const work = () => {
    rounds += 1;
    if (rounds === 3) closing.abort();
    return rounds === 2 ? Promise.reject(new Error('second')) : Promise.resolve();
  };
  await repeatEvery(1, work, { signal: closing.signal, onFailure });
  assert.deepEqual([rounds, failures], [3, ['second']]);
});
