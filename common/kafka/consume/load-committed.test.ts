import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../base/logger.ts';
import { loadCommitted } from './load-committed.ts';

const logger = createLogger('test', 'silent');

/** A view of a group that committed 1,000 in t/0. @param ends its log's end, look by look */
function aView(...ends: readonly number[]) {
  const highs = [...ends];
  return {
    committed: () =>
      Promise.resolve({ hasAny: true, get: () => ({ offset: 1_000, metadata: 'mark' }) }),
    boundsOf: () =>
      Promise.resolve(new Map([['t', new Map([[0, { low: 10, high: highs.shift() ?? 0 }]])]])),
  };
}

test('a leader that does not know yet that it leads no more sends nobody to the start', async () => {
  const loaded = await loadCommitted(aView(500, 1_200), ['t'], logger);
  assert.equal(loaded.get('t', 0).offset, 1_000);
});

test('a log that keeps ending before what is committed is begun again', async () => {
  const loaded = await loadCommitted(aView(500, 500), ['t'], logger);
  const { offset, committed } = loaded.get('t', 0);
  assert.deepEqual([offset, committed?.offset], [10, 1_000]);
});

test('a partition that no broker has told of has no place to begin at', async () => {
  const loaded = await loadCommitted(aView(1_200), ['t'], logger);
  assert.throws(() => loaded.get('t', 1), { name: 'BrokerUnavailableError' });
});
