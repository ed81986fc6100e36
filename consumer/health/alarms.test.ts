import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alarmsOf } from './alarms.ts';
import type { PartitionVitals } from './alarms.ts';

const well: PartitionVitals = {
  name: 'webhooks.deliveries/3',
  pausedMs: 0,
  idleMs: 1_000_000,
  heldRecords: 5,
  isMapCut: false,
};
const kinds = (forMs: number, ...changes: Partial<PartitionVitals>[]) =>
  alarmsOf({
    commitsFailing: { forMs, why: 'the broker is away' },
    undecodable: [],
    partitions: changes.map((change) => ({ ...well, ...change })),
  }).map(({ kind }) => kind);

const rows: readonly [title: string, found: readonly string[], expected: readonly string[]][] = [
  ['idle, with users that wait for their retry, is well', kinds(0, {}), []],
  ['a rebalance is no alarm', kinds(19_999, {}), []],
  ['commits that fail for long are', kinds(20_000), ['commits-failing']],
  ['a map that was cut is', kinds(0, { isMapCut: true }), ['offset-map-cut']],
  ['a partition that failing users fill is', kinds(0, { pausedMs: 30_000 }), ['key-stuck']],
  ['a slow receiver is not', kinds(0, { pausedMs: 9e6, heldRecords: 0, idleMs: 60_000 }), []],
  [
    'a full partition of which nothing is finished is',
    kinds(0, { pausedMs: 9e6, heldRecords: 0, idleMs: 150_000 }),
    ['partition-stalled'],
  ],
  [
    'a log that the broker cannot read is',
    kinds(0, { unreadable: { error: 'CORRUPT_MESSAGE', forMs: 5_000 } }),
    ['partition-unreadable'],
  ],
  [
    'a broker that cannot read it for a moment is not',
    kinds(0, { unreadable: { error: 'KAFKA_STORAGE_ERROR', forMs: 4_999 } }),
    [],
  ],
];
for (const [title, found, expected] of rows) {
  test(title, () => assert.deepEqual(found, expected));
}

test('partitions are named, the first five of many', () => {
  const partitions = Array.from({ length: 7 }, (_, n) => ({
    ...well,
    name: `d/${n}`,
    isMapCut: true,
  }));
  const [alarm] = alarmsOf({ commitsFailing: null, partitions, undecodable: [] });
  assert.match(String(alarm?.detail), /^d\/0, d\/1, d\/2, d\/3, d\/4 and 2 more: /);
});

test('of the batches that cannot be read the latest is named', () => {
  assert.deepEqual(alarmsOf({ commitsFailing: null, partitions: [], undecodable: ['a', 'b'] }), [
    { kind: 'batch-undecodable', detail: 'b; 1 more before it' },
  ]);
});

test('commits that fail say why, as it may be one group of many', () => {
  const commitsFailing = { forMs: 20_400, why: 'the group d.sub_a has live members' };
  const [alarm] = alarmsOf({ commitsFailing, partitions: [], undecodable: [] });
  assert.equal(alarm?.detail, 'no commit was taken for 20 s: the group d.sub_a has live members');
});
