import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerUnavailableError } from '../../common/base/errors.ts';
import { lookNow } from './open-sources.ts';

const never = () => new Promise<void>(() => {});

test('an assignment waits for the sources for some seconds at most, and not where there never was one', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let looks = 0;
  const watch = { lookQuietly: () => Promise.resolve(void (looks += 1)) };
  await lookNow({ table: { caughtUp: never }, watch }, { isUsed: false });
  assert.equal(looks, 1);
  const looked = lookNow({ table: { caughtUp: never }, watch }, { isUsed: true });
  t.mock.timers.tick(10_000);
  await assert.rejects(looked, BrokerUnavailableError);
});
