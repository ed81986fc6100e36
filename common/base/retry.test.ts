import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pause, retryUntilDone } from './retry.ts';

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
