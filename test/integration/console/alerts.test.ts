// Goal: however many consoles run, and whatever becomes of them, a condition is reported once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accept } from '../../support/accept.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { aTarget } from '../../support/target.ts';
import { uniquePrefix } from '../../support/broker.ts';
import { until } from '../../support/until.ts';

test('of two consoles one reports a condition, and the other one goes on when it is killed', async (t) => {
  const system = await aDeliverySystem(
    t,
    {
      ...{ PARTITIONS: '3', ALLOW_TARGETS: '127.0.0.0/8', RETRY_MAX_ATTEMPTS: '1' },
      ...{ ALERT_DEAD_LETTERS: '2', SOURCE_TOPICS: `missing-${uniquePrefix()}` },
    },
    { mode: { mode: 'error' } },
  );
  const { received, url } = await aTarget(t);
  const told = (type: string) => received.filter(({ headers }) => headers['event-type'] === type);
  const both = [await startConsole(system), await startConsole(system)];
  const [{ ask }] = both as [(typeof both)[number]];
  const asked = { target_url: url, event_types: ['hookline.alarm.*', 'hookline.dead_letter.*'] };
  assert.equal((await ask('POST', '/subscriptions', asked)).status, 201);
  const describe = () => both.map(({ role }) => role.output().slice(-2_000));
  system.start('consumer');
  await until(() => told('hookline.alarm.raised').length > 0, { describe });

  const raised = ({ role }: (typeof both)[number]) => role.output().includes('alert.raised');
  const reporters = both.filter(raised);
  assert.equal(reporters.length, 1);
  await reporters[0]?.role.end('SIGKILL');
  await accept(system, 'dead', 3);
  await until(() => told('hookline.dead_letter.burst').length > 0, { describe });
  assert.ok(both.every(raised), 'the other one has reported it');
  const { data } = JSON.parse(String(told('hookline.alarm.raised')[0]?.body));
  assert.equal(data.kind, 'source-unreadable');
  assert.deepEqual(
    received.map(({ headers }) => headers['event-type']),
    ['hookline.alarm.raised', 'hookline.dead_letter.burst'],
  );
});
