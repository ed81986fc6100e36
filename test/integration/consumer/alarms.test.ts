// Alarms for conditions that a consumer cannot repair by itself are shown where people look.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEADER } from '../../../common/model/delivery.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import { until } from '../../support/until.ts';

const RECORDS = 1_500;
/** So many of these are more than a consumer holds in memory. */
const BODY = 'x'.repeat(60_000);

test('a failing user that fills the memory is an alarm, which ends with the failure', async (t) => {
  const env = { ORDERING: 'key', PARTITIONS: '1', RETRY_SCHEDULE: Array(20).fill('3s').join(',') };
  const system = await aDeliverySystem(t, env, { mode: { mode: 'error' } });
  const { kafka, names } = system;
  const publisher = createPublisher({ kafka, logger: createLogger('test', 'silent') });
  await Promise.all(
    Array.from({ length: RECORDS }, (_, n) =>
      publisher.publish(
        {
          topic: names.deliveries,
          partition: 0,
          key: 'user-1',
          value: JSON.stringify({ n, body: BODY }),
          headers: { [HEADER.id]: `msg_${n}`, [HEADER.contentType]: 'application/json' },
        },
        90_000,
      ),
    ),
  );
  await publisher.close();

  const { ask } = await startConsole(system);
  const consumer = system.start('consumer');
  const ready = () => ask('GET', '/health/ready');
  await until(async () => (await ready()).status === 200, { everyMs: 200 });
  const isRaised = async () => JSON.stringify((await ready()).json).includes('key-stuck');
  await until(isRaised, { timeoutMs: 60_000, everyMs: 500, describe: consumer.output });
  assert.equal((await ready()).status, 503);
  const { consumers } = (await ask('GET', '/status')).json;
  assert.equal(consumers[0].alarms[0].kind, 'key-stuck');
  assert.match(consumers[0].alarms[0].detail, /deliveries/);
  assert.match(consumer.output(), /alarm\.raised/);

  system.receiver.setMode('ok');
  await untilDrained(system);
  await until(async () => (await ready()).status === 200, { everyMs: 200 });
  assert.match(consumer.output(), /alarm\.ended/);
  const { accepted } = system.receiver.stats();
  assert.equal(accepted, RECORDS, 'each once');
});
