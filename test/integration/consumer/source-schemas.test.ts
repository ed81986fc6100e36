// Goal: records whose schema lies in a registry are delivered as JSON; one whose schema cannot be
// had holds its partition and is named, and one that does not fit is dead-lettered with the reason.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import avro from 'avsc';
import { createLogger } from '../../../common/base/logger.ts';
import { ensureTopics } from '../../../common/kafka/admin/topic-admin.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { uniquePrefix } from '../../support/broker.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { framedValue, schemaRegistry } from '../../support/schema-registry.ts';
import { aTarget } from '../../support/target.ts';
import { until } from '../../support/until.ts';

const ORDER = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'customer', type: 'string' },
    { name: 'cents', type: 'long' },
  ],
};
const order = avro.Type.forSchema(ORDER as never);
const logger = createLogger('test', 'silent');

test('values with a schema are JSON on the wire, for filters, retries, replays and the page too', async (t) => {
  const registry = await schemaRegistry(t);
  registry.schemas.set('/schemas/ids/1', { schema: JSON.stringify(ORDER) });
  const topic = `orders-${uniquePrefix()}`;
  const system = await aDeliverySystem(t, {
    ...{ ALLOW_TARGETS: '127.0.0.0/8', PARTITIONS: '1', RETRY_SCHEDULE: '100ms' },
    ...{ SOURCE_TOPICS: topic, SOURCE_FROM: 'earliest', SOURCE_USER_ID: '/customer' },
    SCHEMA_REGISTRY_URL: registry.url,
  });
  const { kafka } = system;
  await ensureTopics(kafka, [{ name: topic, partitions: 1, settings: {} }], 1, logger);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  const write = (value: Buffer) =>
    publisher.publish({ topic, partition: 0, key: null, value, headers: {} }, 20_000);
  let status = 500;
  const { received, url } = await aTarget(t, (_, response) => response.writeHead(status).end());
  const consumer = system.start('consumer');
  const { ask } = await startConsole(system);
  const dear = { cents: [{ numeric: ['>=', 100] }] };
  const made = await ask('POST', '/subscriptions', {
    ...{ target_url: `${url}/dear`, from: 'earliest', filter: { body: dear } },
  });
  assert.equal(made.status, 201, made.text);

  // The first attempt fails, so that the second one is made of the copy in a retry topic.
  const anOrder = (customer: string, cents: number, schemaId = 1) =>
    write(framedValue(schemaId, order.toBuffer({ customer, cents })));
  await anOrder('cheap', 5);
  await anOrder('ann', 250);
  await until(() => received.length > 0, { describe: consumer.output });
  status = 200;
  await until(() => received.length === 2);
  for (const { body, headers } of received) {
    assert.deepEqual(
      [body, headers['content-type']],
      ['{"customer":"ann","cents":250}', 'application/json'],
    );
  }
  const id = String(received[0]?.headers['webhook-id']);
  assert.equal((await ask('GET', `/deliveries/${id}`)).json.user, 'ann');
  assert.equal((await ask('GET', `/deliveries/${id}/body`)).text, '{"customer":"ann","cents":250}');

  // Neither of these two can become better: each is a dead letter, and what follows goes on.
  await write(framedValue(1, Buffer.from([40])));
  await write(Buffer.from([0, 0, 1]));
  await anOrder('bob', 300);
  await until(() => received.length === 3);
  const dead = async () => (await ask('GET', '/dead-letters')).json.dead_letters;
  await until(async () => (await dead()).length === 2);
  const reasons = (await dead()).map(({ error }: { error: string }) => error).join('\n');
  assert.match(reasons, /cannot be decoded \(it does not fit schema 1: /);
  assert.match(reasons, /cannot be decoded \(it is cut off before the id of its schema ends\)/);
  const [{ id: refused }] = await dead();
  const body = await ask('GET', `/deliveries/${refused}/body`);
  assert.equal(body.status, 409, 'none is sent');
  assert.match(body.json.detail, /cannot be decoded/);

  // A schema that is not there yet holds what follows, and says so.
  await anOrder('cid', 400, 2);
  await anOrder('dan', 500);
  const consumers = async () => JSON.stringify((await ask('GET', '/status')).json.consumers);
  const said = /records wait for schema 2: the registry does not have it/;
  await until(async () => said.test(await consumers()));
  assert.equal(received.length, 3, 'nothing has overtaken it');
  registry.schemas.set('/schemas/ids/2', { schema: JSON.stringify(ORDER) });
  await until(() => received.length === 5);
  const bodies = received
    .slice(3)
    .map(({ body }) => (JSON.parse(body) as { customer: string }).customer);
  assert.deepEqual(bodies, ['cid', 'dan']);
  await until(async () => !(await consumers()).includes('schema-unavailable'));

  // A replay reads the topic once more.
  const replayed = await ask('POST', '/replays', { topic, from: 'earliest' });
  assert.equal(replayed.status, 202, replayed.text);
  await until(() => received.length === 9, { describe: () => received.map(({ body }) => body) });
  assert.ok(received.every(({ body }) => body.startsWith('{"customer":')));
});
