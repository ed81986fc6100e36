import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryTransient } from './retry-transient.ts';

const failing = (type: string, times: number) => {
  let calls = 0;
  return () => {
    calls += 1;
    if (calls <= times) throw Object.assign(new Error(type), { type });
    return Promise.resolve(calls);
  };
};

for (const type of ['NOT_LEADER_FOR_PARTITION', 'OFFSET_NOT_AVAILABLE', 'NOT_CONTROLLER']) {
  test(`${type} is waited out`, async () => {
    assert.equal(await retryTransient(failing(type, 2)), 3);
  });
}

test('a broker that is being born may have no place for a copy yet', async () => {
  assert.equal(await retryTransient(failing('INVALID_REPLICATION_FACTOR', 2)), 3);
});

test('the patience is bounded, and what does not pass is thrown at once', async () => {
  const type = 'LEADER_NOT_AVAILABLE';
  await assert.rejects(retryTransient(failing(type, 1e9), 0), { type });
  const final = 'TOPIC_AUTHORIZATION_FAILED';
  await assert.rejects(retryTransient(failing(final, 1)), { type: final });
});
