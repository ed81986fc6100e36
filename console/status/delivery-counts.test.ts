import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsumerState } from '../../common/model/consumer-state.ts';
import { fileRowId } from '../../common/model/delivery.ts';
import { parseFileProgress } from '../../common/model/file-progress.ts';
import { FileLedger } from '../ledgers/file-ledger.ts';
import { fileView } from './file-view.ts';
import { CERTAIN_AFTER_MS } from './passed-over.ts';
import { deliveryCounts } from './delivery-counts.ts';

const ID = '01M8NNEY6WCPJFQWRP3YQ5J69M';
const AT = '2026-11-30T12:00:00.000Z';
const AT_MS = Date.parse(AT);
const PROGRESS = parseFileProgress(
  JSON.stringify({
    ...{ id: ID, name: 'a.csv', state: 'done', bytes: 9, bytesRead: 9, rows: 10, rejected: 0 },
    ...{ startedAt: AT, finishedAt: AT, cancelledAt: AT },
  }),
);
assert.ok(PROGRESS);
const progress = PROGRESS;

interface Given {
  readonly unfinished: number;
  readonly drainedAtMs?: number;
  readonly knownSinceMs?: number;
  readonly underWay?: number;
}

/** A cancelled file: of ten rows two are delivered, one is to be tried again. */
function partsOf({ unfinished, drainedAtMs, knownSinceMs, underWay = 0 }: Given) {
  const files = new FileLedger();
  const at = AT_MS;
  files.apply({ id: fileRowId(ID, 1), state: 'delivered', at });
  files.apply({ id: fileRowId(ID, 2), state: 'delivered', at });
  files.apply({ id: fileRowId(ID, 3), state: 'retrying', at });
  const inFlight = Array.from({ length: underWay }, (_, n) => ({ id: fileRowId(ID, 4 + n) }));
  const state = { endpoints: [{ inFlight: underWay }], inFlight } as unknown as ConsumerState;
  return {
    attempts: {
      files,
      knownSinceMs: knownSinceMs ?? null,
      caughtUp: () => Promise.resolve(),
      totals: () => ({ ...files.total() }),
    },
    cluster: { drainedAtMs: drainedAtMs ?? null, unfinished },
    warmUp: { isOver: true },
    consumers: { states: () => [state] },
    progress: { entries: () => new Map([[ID, progress]]).entries() },
  };
}

test('rows of a cancelled file count as cancelled before a consumer has come to them', () => {
  const { counts, unfinished } = deliveryCounts(partsOf({ unfinished: 8 + 5 }));
  assert.deepEqual(counts, { delivered: 2, retrying: 0, dead: 0, cancelled: 8 });
  assert.equal(unfinished, 5);
});

test('a row of a cancelled file that is under way is taken off once', () => {
  const found = deliveryCounts(partsOf({ unfinished: 8 + 5, underWay: 2 }));
  assert.deepEqual([found.inFlight, found.unfinished], [2, 7]);
  assert.equal(found.unfinished - found.inFlight, 5, 'waiting');
  assert.equal(found.counts.cancelled, 6);
});

test('rows that nobody comes to any more hide no later backlog', () => {
  const drainedAtMs = AT_MS + CERTAIN_AFTER_MS;
  const parts = partsOf({ unfinished: 5, drainedAtMs });
  assert.equal(deliveryCounts(parts).unfinished, 5);
  const { cancelled, passed_over: passed } = fileView(progress, parts);
  assert.deepEqual([cancelled, passed], [0, 8]);
});

test('rows of a cancelled file whose attempts have expired are not said to be cancelled', () => {
  const view = fileView(progress, partsOf({ unfinished: 0, knownSinceMs: AT_MS + 1 }));
  const { rows, delivered, cancelled, waiting, ledger_complete: isComplete } = view;
  assert.deepEqual([rows, delivered, cancelled, waiting, isComplete], [10, 2, 1, 7, false]);
});
