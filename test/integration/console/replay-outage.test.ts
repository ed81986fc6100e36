// Goal: a broker that goes in the middle of a replay and comes back costs it time and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canEmbedHere } from '../../../infra/kafka/find.ts';
import { accept, untilGrown } from '../../support/accept.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { ownBroker } from '../../support/own-broker.ts';
import { until } from '../../support/until.ts';

const skip = (await canEmbedHere(process.env)) ? false : 'needs Java 17 or newer and Maven';

test('a replay goes on when the broker is back', { timeout: 180_000, skip }, async (t) => {
  const broker = await ownBroker(t);
  const env = { KAFKA_BROKERS: broker.address, PARTITIONS: '2', RETRY_MAX_ATTEMPTS: '1' };
  const system = await aDeliverySystem(t, env);
  await accept(system, 'd', 200);
  const api = await startConsole(system);
  const posted = await api.ask('POST', '/replays', { from: 'earliest', rate: 50 });
  assert.equal(posted.status, 202);
  const { id } = posted.json;
  await untilGrown(system, 60);

  await broker.end('kill');
  // The number of copies stands still, and a request for another replay is refused with the reason.
  const refused = await api.ask('POST', '/replays', { from: 'earliest' });
  assert.equal(refused.status, 503);
  assert.match(refused.json.detail, /^The replays cannot be read or written/);
  const uncounted = await api.ask('POST', '/replays', { from: 'earliest', dry_run: true });
  assert.equal(uncounted.status, 503);
  const { state, copied } = (await api.ask('GET', `/replays/${id}`)).json;
  assert.equal(state, 'running');
  assert.ok(copied >= 20 && copied < 200, `${copied} copies`);

  await broker.start();
  const replay = async () => (await api.ask('GET', `/replays/${id}`)).json;
  await until(async () => (await replay()).state === 'done', {
    ...{ timeoutMs: 90_000, everyMs: 200, describe: api.role.output },
  });
  const records = await system.records(system.names.bulkDeliveries);
  const copies = records.filter(({ headers }) => headers['webhook-replay'] === id);
  assert.equal(new Set(copies.map(({ headers }) => headers['webhook-id'])).size, 200, 'none lost');
  assert.equal(copies.length, 200, 'none twice');
  // The request that was refused left nothing behind.
  assert.equal((await api.ask('GET', '/replays')).json.replays.length, 1);
});
