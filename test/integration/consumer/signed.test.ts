// Deliveries to WEBHOOK_URL are signed with WEBHOOK_SECRET: a receiver that verifies accepts them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aDeliverySystem } from '../../support/delivery.ts';
import { until } from '../../support/until.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ANOTHER = 'whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ROWS = 50;

test('a receiver with the secret of WEBHOOK_SECRET takes all, one with another none', async (t) => {
  const settings = { WEBHOOK_SECRET: SECRET, RETRY_MAX_ATTEMPTS: '1' };
  const good = await aDeliverySystem(t, settings, { secret: SECRET });
  const bad = await aDeliverySystem(t, settings, { secret: ANOTHER });
  for (const system of [good, bad]) {
    await system.produce(ROWS, 10);
    system.start('consumer');
  }
  await until(() => good.receiver.stats().distinct === ROWS);
  assert.equal(good.receiver.stats().badSignatures, 0);
  await until(() => bad.receiver.stats().badSignatures === ROWS);
  assert.equal(bad.receiver.stats().accepted, 0);
});
