import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { sharedRuns } from './shared-runs.ts';

function aWork() {
  const runs: PromiseWithResolvers<void>[] = [];
  const run = sharedRuns(() => {
    runs.push(Promise.withResolvers<void>());
    return (runs.at(-1) as PromiseWithResolvers<void>).promise;
  });
  return { run, runs };
}

test('all who call while a run is under way share the one after it', async () => {
  const { run, runs } = aWork();
  const first = run();
  await turn();
  const later = [run(), run()];
  await turn();
  assert.equal(runs.length, 1, 'one at a time');
  runs[0]?.resolve();
  await first;
  await turn();
  assert.equal(runs.length, 2);
  runs[1]?.resolve();
  await Promise.all(later);
});

test('a run that fails fails for its own callers, and the next one begins all the same', async () => {
  const { run, runs } = aWork();
  const first = run();
  await turn();
  const second = run();
  runs[0]?.reject(new Error('no'));
  await assert.rejects(first, /no/);
  await turn();
  runs[1]?.resolve();
  await second;
});
