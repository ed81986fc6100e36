import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FileLedger } from '../ledgers/file-ledger.ts';
import { parseFileProgress } from '../../common/model/file-progress.ts';
import { fileRowId } from '../../common/model/delivery.ts';
import type { UnfinishedDeliveries } from '../unfinished/unfinished-deliveries.ts';
import { isAnythingLeft } from './is-left.ts';

const ID = '01M8NNEY6WCPJFQWRP3YQ5J69M';
const AT = '2026-11-30T12:00:00.000Z';
const DONE = parseFileProgress(
  JSON.stringify({
    ...{ id: ID, name: 'a.csv', state: 'done', bytes: 9, bytesRead: 9, rows: 2, rejected: 0 },
    ...{ startedAt: AT, finishedAt: AT },
  }),
);
assert.ok(DONE);
const done = DONE;

interface Given {
  readonly delivered?: number;
  /** Rows whose attempts come while the log of attempts is read to its end. */
  readonly late?: number;
  readonly isOver?: boolean;
  readonly hasExpired?: boolean;
  /** Headers of a row that the log still holds. */
  readonly inLog?: Record<string, string>;
  readonly isLimitMet?: boolean;
}

function isLeft(given: Given, progress = done): Promise<boolean> {
  const files = new FileLedger();
  const deliver = (count: number) => {
    for (let row = 1; row <= count; row += 1) {
      files.apply({ id: fileRowId(ID, row), state: 'delivered', at: 0 });
    }
  };
  deliver(given.delivered ?? 0);
  const caughtUp = () => Promise.resolve(deliver(given.late ?? 0));
  const knownSinceMs = given.hasExpired ? Date.parse(AT) + 1 : null;
  const page = async (_: object, show: (all: readonly object[]) => Promise<readonly unknown[]>) => {
    const record = given.inLog && { delivery: { id: ID, record: { headers: given.inLog } } };
    const shown = await show(record ? [record] : []);
    const deliveries = shown.filter((one) => one !== null);
    return { deliveries, next: null, isLimitMet: given.isLimitMet ?? false };
  };
  return isAnythingLeft(progress, {
    status: {
      attempts: { files, knownSinceMs, caughtUp },
      cluster: { drainedAtMs: null },
      warmUp: { isOver: given.isOver ?? true },
    },
    unfinished: { page: page as UnfinishedDeliveries['page'] },
  });
}

test('of a file whose rows are all delivered nothing is left, however late that is read', async () => {
  assert.equal(await isLeft({ delivered: 1 }), true);
  assert.equal(await isLeft({ delivered: 2 }), false);
  assert.equal(await isLeft({ delivered: 1, late: 2 }), false);
  await assert.rejects(isLeft({ delivered: 1, isOver: false }), { code: 'views_loading' });
  assert.equal(await isLeft({ isOver: false }, { ...done, state: 'reading' }), true);
});

test('where attempts have expired, the log itself says whether a row is left', async () => {
  assert.equal(await isLeft({ hasExpired: true }), false);
  assert.equal(await isLeft({ hasExpired: true, inLog: {} }), true);
  assert.equal(await isLeft({ hasExpired: true, inLog: { 'webhook-replay': 'r' } }), false);
  await assert.rejects(isLeft({ hasExpired: true, isLimitMet: true }), { code: 'file_unclear' });
});
