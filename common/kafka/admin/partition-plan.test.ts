import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashedPartitions, planPartitions } from './partition-plan.ts';

const together = (name: string) => ({
  ...{ name, partitions: 4, settings: {} },
  isCoPartitioned: true as const,
});
const files = { name: 'files', partitions: 4, settings: {} };
const TABLE = [together('deliveries'), together('retry'), files];

const rows: readonly [
  title: string,
  actual: Record<string, number>,
  coPartitions: number,
  raised: readonly string[],
  followed: readonly string[],
][] = [
  ['nothing is there yet', {}, 4, [], []],
  ['all are as asked', { deliveries: 4, retry: 4, files: 4 }, 4, [], []],
  ['more are asked for', { deliveries: 2, retry: 2, files: 2 }, 4, ['deliveries', 'retry'], []],
  ['an operator has raised one', { deliveries: 8, retry: 4 }, 8, ['retry'], ['deliveries']],
  [
    'an operator has raised a retry topic',
    { deliveries: 4, retry: 6 },
    6,
    ['deliveries'],
    ['retry'],
  ],
  [
    'one that is missing is made with what the others have',
    { deliveries: 8 },
    8,
    [],
    ['deliveries'],
  ],
  ['a topic of hashed keys is left alone', { deliveries: 4, retry: 4, files: 9 }, 4, [], []],
];
for (const [title, actual, coPartitions, raised, followed] of rows) {
  test(`partitions: ${title}`, () => {
    const plan = planPartitions(TABLE, new Map(Object.entries(actual)));
    assert.equal(plan.coPartitions, coPartitions);
    assert.deepEqual(
      plan.raised.map(({ topic }) => topic),
      raised,
    );
    assert.deepEqual(plan.followed, followed);
  });
}

test('keys are hashed by what the topic has, and never by more than was asked for', () => {
  assert.equal(hashedPartitions(files, 2), 2);
  assert.equal(hashedPartitions(files, 9), 4);
});
