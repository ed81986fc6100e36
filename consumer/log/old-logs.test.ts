import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../common/base/logger.ts';
import { PartitionState } from '../partition/partition-state.ts';
import { LogHistory } from './log-history.ts';
import { findOldLogs } from './old-logs.ts';

const [OLD, NEW] = ['1'.repeat(32), '2'.repeat(32)] as const;

test('work on an earlier source goes on where the new one begins, on an earlier topic at its start', async () => {
  const logger = createLogger('test', 'silent');
  const begunLogs = { read: () => Promise.resolve(new Map()), began: () => {} };
  const logs = new LogHistory({
    ...{ wasWorkedOn: true, begunLogs, lanes: [], logger },
    beginOf: () => 70,
    lifeOf: () => '0000000b',
  });
  logs.saw(new Map([['orders', { id: NEW }]]));
  const ids = [`${NEW}0000000b`, `${NEW}0000000a`, `${OLD}0000000b`, ''];
  const works = ids.map((id, n) => new PartitionState('orders', n, 5, null, id));
  const bounds = new Map(ids.map((_, n) => [n, { low: 3, high: 90 }]));
  const found = await findOldLogs(
    () => works,
    logs,
    () => Promise.resolve(bounds),
  );
  assert.deepEqual(
    found.map(({ work: { partition }, start, readTo }) => [partition, start, readTo]),
    [
      [1, 70, 90],
      [2, 3, 3],
    ],
  );
  assert.equal(works[0]?.logEnd, 90);
});
