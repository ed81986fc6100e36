// Goal: a change of the endpoint of WEBHOOK_URL undoes no other that was made a moment before, here
// or by another console.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';

const ROUNDS = 5;

test('two consoles that disable, pause and try one endpoint at once keep each change', async (t) => {
  const system = await aDeliverySystem(t, { ALLOW_TARGETS: '127.0.0.0/8' });
  const [one, other] = await Promise.all([startConsole(system), startConsole(system)]);
  const post = async ({ ask }: typeof one, verb: string) =>
    (await ask('POST', `/subscriptions/default/${verb}`)).json;
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all([post(one, 'disable'), post(other, 'pause'), post(one, 'test')]);
    const tried = await post(other, 'test');
    assert.equal(tried.status, 200, 'it is tried although it is disabled');
    const { enabled, paused } = await post(one, 'pause');
    assert.deepEqual({ enabled, paused }, { enabled: false, paused: true });
    const again = await post(other, 'enable');
    assert.deepEqual([again.enabled, again.paused], [true, false]);
  }
});
