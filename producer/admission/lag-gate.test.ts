import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createLogger } from '../../common/base/logger.ts';
import { LagGates } from './lag-gate.ts';

/** Gates that have measured this once. */
async function gatesAt(lags: { live: number; bulk: number }, lagMax: number) {
  const logger = createLogger('test', 'silent');
  const gates = new LagGates({ fetchLags: () => Promise.resolve(lags), lagMax, logger });
  gates.start();
  while (gates.measuredAtMs === null) await turn();
  return gates;
}

test('the rows of a file hold files back, and not the API', async () => {
  const gates = await gatesAt({ live: 3, bulk: 10 }, 10);
  assert.deepEqual([gates.live.isOpen, gates.bulk.isOpen], [true, false]);
  await gates.close();
});

test('what comes by HTTP counts in both lanes, and at once', async () => {
  const gates = await gatesAt({ live: 3, bulk: 5 }, 10);
  gates.live.wrote(5);
  assert.deepEqual([gates.live.lag, gates.bulk.lag], [8, 10]);
  assert.deepEqual([gates.live.isOpen, gates.bulk.isOpen], [true, false]);
  gates.bulk.wrote(4);
  assert.equal(gates.live.lag, 8);
  gates.live.wrote(2);
  assert.equal(gates.live.isOpen, false);
  await gates.close();
});
