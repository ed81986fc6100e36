// Consumers come and go while records are delivered. A clean change repeats nothing: the old
// owner ends what it has under way and says so, and only then does the new one begin.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import { until } from '../../support/until.ts';

for (const ordering of ['none', 'key'] as const) {
  test(`ORDERING=${ordering}: from one consumer to three and back, nothing twice`, async (t) => {
    const rows = 12_000;
    const env = { ORDERING: ordering, CONCURRENCY: '16' };
    const system = await aDeliverySystem(t, env, { mode: { mode: 'slow', delayMs: 20 } });
    const { receiver } = system;
    await system.produce(rows, 600);
    const first = system.start('consumer');
    const accepted = (count: number) =>
      until(() => receiver.stats().accepted >= count, {
        timeoutMs: 60_000,
        describe: () => ({ stats: receiver.stats(), log: first.output().slice(-4_000) }),
      });
    await accepted(500);
    const second = system.start('consumer');
    system.start('consumer');
    await until(async () => (await system.shares()).length === 3);
    await accepted(receiver.stats().accepted + 1_000);
    assert.equal(await first.end('SIGTERM'), 0);
    await accepted(receiver.stats().accepted + 500);
    assert.equal(await second.end('SIGTERM'), 0);
    assert.ok(receiver.stats().accepted < rows, 'changed in the middle');
    receiver.setMode('ok');
    await untilDrained(system);

    const { distinct, duplicates, orderViolations } = receiver.stats();
    assert.deepEqual({ distinct, duplicates }, { distinct: rows, duplicates: 0 });
    if (ordering === 'key') assert.equal(orderViolations, 0);
  });
}
