import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../common/base/logger.ts';
import { ClaimTable } from './claim-table.ts';
import { formatClaim } from './claims.ts';
import type { ClaimRecord } from './claims.ts';

const HOUR_MS = 3_600_000;
const KEY = 'ab'.repeat(16);
const FINGERPRINT = '00000000000000aa';

function aTable() {
  const table = new ClaimTable(createLogger('test', 'silent'));
  const write = (state: ClaimRecord['state'], atMs: number) => {
    const value = Buffer.from(formatClaim({ state, by: 'one', fingerprint: FINGERPRINT }));
    const at = { topic: 'idempotency', partition: 0, offset: 0, headers: {} };
    table.read({ ...at, key: KEY, value, timestampMs: atMs });
  };
  return { table, write };
}

for (const state of ['claimed', 'done'] as const) {
  test(`a key that is ${state} holds for a day and no longer, though no other comes`, (t) => {
    const startMs = Date.UTC(2026, 0, 1, 0, 30);
    t.mock.timers.enable({ apis: ['Date'], now: startMs });
    const { table, write } = aTable();
    write(state, startMs);
    assert.deepEqual(table.get(KEY)?.state, state);
    t.mock.timers.setTime(startMs + 24 * HOUR_MS - 1);
    assert.equal(table.get(KEY)?.fingerprint, FINGERPRINT);
    t.mock.timers.setTime(startMs + 25 * HOUR_MS);
    assert.equal(table.get(KEY), undefined);
  });
}

test('what was written more than a day ago is not taken any more', () => {
  const { table, write } = aTable();
  write('done', Date.now() - 25 * HOUR_MS);
  assert.equal(table.get(KEY), undefined);
});
