// Goal: brokers of several versions, with TLS, logins and an authorizer, serve roles that have the
// least rights, and a right that is missing is named. It starts brokers of its own, so it is not
// part of `npm test`: `npm run test:brokers`.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { rightsOf } from '../../common/topics/rights.ts';
import type { KafkaRole } from '../../common/topics/rights.ts';
import { kafkaVersion } from '../../infra/kafka/jars.ts';
import { grant, revoke } from '../support/acls.ts';
import { aDeliverySystem, untilDrained } from '../support/delivery.ts';
import type { DeliverySystem } from '../support/delivery.ts';
import { startFront } from '../support/front.ts';
import { runKafkaTool } from '../support/kafka-tools.ts';
import { securedBroker } from '../support/secured-broker.ts';
import type { SecuredBroker } from '../support/secured-broker.ts';
import { tokenServer } from '../support/token-server.ts';
import { until } from '../support/until.ts';
import { userTopics } from '../support/user-topics.ts';

/** The oldest line that is still repaired, one between, and the one that is embedded. */
const VERSIONS = ['3.9.1', '4.1.1', kafkaVersion()];
/** kafkajs logs in again ten seconds before a session ends, so every two seconds here. */
const SESSION_MS = 12_000;
/** Requests that are refused and that nothing depends on. */
const HARMLESS = new RegExp(
  [
    // Any right to write allows a producer without transactions as well (KIP-679).
    'IDEMPOTENT_WRITE .*Cluster',
    // Groups are listed by the right to see each.
    'DESCRIBE .*Cluster',
    'DESCRIBE .*Topic:LITERAL:__',
    // Limits of topics are otherwise learned from what the broker refuses.
    'DESCRIBE_CONFIGS .*Topic',
  ].join('|'),
);
const PRINCIPALS: Readonly<Record<KafkaRole, string>> = {
  producer: 'User:CN=hookline-producer,O=Hookline',
  consumer: 'User:hookline-consumer',
  console: 'User:hookline-console',
};

type Env = Record<string, string>;

interface Secured {
  readonly broker: SecuredBroker;
  readonly env: Readonly<Record<KafkaRole, Env>>;
  readonly scram256: Env;
}

/** A way of its own into the broker for each role. */
async function secure(t: TestContext, version = kafkaVersion()): Promise<Secured> {
  const broker = await securedBroker(t, {
    version,
    settings: { 'connections.max.reauth.ms': String(SESSION_MS) },
  });
  const tokens = await tokenServer(t, 3_600);
  // One after the other: Kafka refuses two credentials of a user in one request.
  for (const bits of ['256', '512']) {
    await runKafkaTool(
      [broker.admin],
      'kafka-configs',
      ...['--alter', '--entity-type', 'users', '--entity-name', 'hookline-consumer'],
      ...['--add-config', `SCRAM-SHA-${bits}=[password=scram-secret]`],
    );
  }
  const tls = { KAFKA_SSL: 'true', KAFKA_SSL_CA: broker.ca };
  const sasl = { ...tls, KAFKA_BROKERS: broker.sasl };
  const scram = { KAFKA_SASL_USERNAME: 'hookline-consumer', KAFKA_SASL_PASSWORD: 'scram-secret' };
  const { cert: KAFKA_SSL_CERT, key: KAFKA_SSL_KEY } = broker.certificate('hookline-producer');
  return {
    broker,
    env: {
      producer: { ...tls, KAFKA_BROKERS: broker.mutual, KAFKA_SSL_CERT, KAFKA_SSL_KEY },
      consumer: { ...sasl, ...scram, KAFKA_SASL_MECHANISM: 'scram-sha-512' },
      console: {
        ...{ ...sasl, KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_OAUTH_TOKEN_URL: tokens.url },
        KAFKA_SASL_USERNAME: 'hookline-console',
        KAFKA_SASL_PASSWORD: 'hookline-console-secret',
      },
    },
    scram256: { ...sasl, ...scram, KAFKA_SASL_MECHANISM: 'scram-sha-256' },
  };
}

async function aSecuredSystem(t: TestContext, { broker }: Secured): Promise<DeliverySystem> {
  const env = {
    ...{ KAFKA_BROKERS: broker.admin, PARTITIONS: '3', RETRY_SCHEDULE: '200ms,200ms' },
    ...{ ALLOW_TARGETS: '127.0.0.0/8', USER_KEYS: 'on', SECRET_KEY: 'not told to anybody' },
  };
  const system = await aDeliverySystem(t, env, { keep: 1_000 });
  for (const role of Object.keys(PRINCIPALS) as KafkaRole[]) {
    await grant(system.kafka, PRINCIPALS[role], rightsOf(role, system.config));
  }
  return system;
}

const refusals = ({ broker }: Secured) =>
  broker
    .log()
    .split('\n')
    .filter((line) => /is Denied/.test(line) && !HARMLESS.test(line));

for (const version of VERSIONS) {
  test(`Kafka ${version}: SCRAM over TLS, a client certificate and tokens do everything with the least rights`, async (t) => {
    const begunMs = performance.now();
    const secured = await secure(t, version);
    const system = await aSecuredSystem(t, secured);
    const { receiver, config } = system;
    const consumer = system.start('consumer', secured.env.consumer);
    const front = await startFront(system, { ALERT_DEAD_LETTERS: '1' }, secured.env);
    const post = async (path: string, body: unknown, headers = {}, method = 'POST') => {
      const response = await fetch(front.url + path, {
        ...{ method, headers: { 'content-type': 'application/json', ...headers } },
        ...(method === 'POST' && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      assert.ok(response.ok, `${path}: ${response.status} ${text}\n${front.producer.output()}`);
      return text === '' ? {} : JSON.parse(text);
    };
    const describe = () => [receiver.stats(), consumer.output().slice(-2_000), refusals(secured)];
    const untilAccepted = (count: number) =>
      until(() => receiver.stats().accepted >= count, { describe });

    const target = { target_url: `${receiver.url}/other`, event_types: ['order.*'] };
    const { id } = await post('/subscriptions', target);
    await post('/send', { user_id: 'u', data: 1 });
    await post('/send', { user_id: 'u', data: 1 }, { 'idempotency-key': 'k' });
    await post('/events', { type: 'order.paid', user_id: 'u', data: 1 });
    const rows = Array.from({ length: 500 }, (_, row) => `user-${row % 9},row ${row}`);
    const file = `user_id,alert_message\n${rows.join('\n')}\n`;
    writeFileSync(join(config.DATA_DIR, 'inbox', 'a.csv'), file);
    await untilAccepted(503);

    // Retries, dead letters, redrive, replay; an endpoint that is behind.
    receiver.setMode({ mode: 'error' });
    await post('/send', { user_id: 'dies', data: 1 });
    await until(
      async () => (await post('/dead-letters', null, {}, 'GET')).dead_letters.length === 1,
    );
    receiver.setMode('ok');
    await post('/dead-letters/redrive', { filter: {} });
    await untilAccepted(504);
    await post('/replays', { from: 'earliest', user: 'user-1' });
    await untilAccepted(504 + 56);
    await post(`/subscriptions/${id}/pause`, {});
    await post('/events', { type: 'order.paid', user_id: 'u', data: 2 });
    await until(async () => (await system.cursors()).length > 0, { describe });
    await post(`/subscriptions/${id}/resume`, {});
    await untilAccepted(504 + 57);
    await untilDrained(system);

    // A console raises an alert, a consumer disables a subscription.
    await until(() => front.console.output().includes('alert.raised'), { describe });
    receiver.setMode({ mode: 'gone' });
    await post('/events', { type: 'order.paid', user_id: 'u', data: 3 });
    const isEnabled = async () => (await post(`/subscriptions/${id}`, null, {}, 'GET')).enabled;
    await until(async () => !(await isEnabled()), { describe });
    receiver.setMode('ok');
    const { accepted: before } = receiver.stats();
    assert.match((await post('/users/u', null, {}, 'DELETE')).key, /^[\w-]{11}$/);

    // Sessions end and are renewed while all runs.
    const endMs = performance.now() + 2 * SESSION_MS;
    let sent = 0;
    await until(
      async () => {
        await post('/send', { user_id: 'u', data: (sent += 1) });
        return performance.now() > endMs;
      },
      { everyMs: 200 },
    );
    await untilAccepted(before + sent);
    const others = system.start('consumer', secured.scram256);
    await until(async () => (await system.shares()).length === 2, { describe: others.output });
    await post('/send', { user_id: 'u', data: 'last' });
    await untilAccepted(before + 1 + sent);
    // Deliveries of the disabled subscription wait.
    await until(async () => (await system.lag([id])) === 0, { everyMs: 200, describe });
    assert.equal(receiver.stats().accepted, before + 1 + sent, 'nothing twice');
    assert.deepEqual(refusals(secured), []);
    const said = [consumer, others, front.producer, front.console].map(({ output }) => output());
    assert.doesNotMatch(said.join('\n'), /"level":[56]0|secret/);
    for (const role of [others, consumer, front.producer, front.console]) {
      assert.equal(await role.end('SIGTERM'), 0);
    }
    const { accepted, duplicates } = receiver.stats();
    const seconds = Math.round((performance.now() - begunMs) / 1_000);
    t.diagnostic(`| ${version} | ${accepted} | ${duplicates} | ${seconds} |`);
  });
}

test('a source that may not be read says which right is missing, and begins by its place once it may', async (t) => {
  const secured = await secure(t);
  const system = await aSecuredSystem(t, secured);
  const topics = await userTopics(system, t, 2);
  await topics.make('orders');
  await topics.write('orders', [{ key: 'order-1', value: 'before' }]);
  const consumer = system.start('consumer', secured.env.consumer);
  const { url } = await startFront(system, {}, secured.env);
  const ask = async (method: string, path: string, body?: object) => {
    const response = await fetch(url + path, { method, body: body ? JSON.stringify(body) : null });
    return (await response.json()) as { state: string; reason: string | null };
  };
  const asked = { topic: 'orders', from: 'earliest', to_default: true };
  const made = await ask('POST', '/sources', asked);
  assert.equal(made.state, 'forbidden');
  assert.match(made.reason ?? '', /the ACL Read on Topic orders is missing/);
  const right = { kind: 'topic', name: 'orders' } as const;
  for (const role of ['consumer', 'console'] as const) {
    await grant(system.kafka, PRINCIPALS[role], [{ ...right, operations: ['Read'] }]);
  }
  const { receiver } = system;
  await until(() => receiver.stats().accepted === 1, { describe: consumer.output });
  assert.deepEqual(
    [(await ask('GET', '/sources/orders')).state, receiver.stats().accepted],
    ['reading', 1],
  );
});

describe('a start is refused, with what to do', () => {
  test('by each right that is missing, named with its principal and its resource', async (t) => {
    const secured = await secure(t);
    const system = await aSecuredSystem(t, secured);
    const { names, kafka } = system;
    const cases = [
      ['consumer', 'topic', names.deadLetters, 'Write'],
      ['consumer', 'group', names.deliveryGroup, 'Read'],
      ['producer', 'topic', names.subscriptions, 'Read'],
      ['producer', 'transactional-id', `${system.config.TOPIC_PREFIX}.ingest-`, 'Write'],
      ['console', 'group', names.cursorGroupPrefix, 'Delete'],
      ['console', 'topic', names.userKeys, 'Delete'],
    ] as const;
    for (const [role, kind, name, operation] of cases) {
      const rights = rightsOf(role, system.config).find((one) => {
        return one.kind === kind && one.name === name;
      });
      assert.ok(rights);
      const one = { ...rights, operations: [operation] };
      await revoke(kafka, PRINCIPALS[role], one);
      const refused = system.start(role, { ...secured.env[role], PORT: '0', CONSOLE_PORT: '0' });
      const code = await refused.exited;
      const where = rights.isPrefix ? `each ${kind} that begins with ${name}` : `${kind} ${name}`;
      const who = role === 'console' ? 'the principal of its login' : PRINCIPALS[role];
      const expected = `does not allow what the ${role} needs. Give ${who}:\n  ${operation} on ${where}\n`;
      assert.ok(refused.output().includes(expected), refused.output());
      assert.equal(code, 1);
      await grant(kafka, PRINCIPALS[role], [one]);
    }
    const wrong = [
      [{ KAFKA_SSL_CA: secured.broker.otherCa }, /KAFKA_SSL_CA/],
      [{ KAFKA_SASL_PASSWORD: 'wrong' }, /KAFKA_SASL_PASSWORD/],
      [{ KAFKA_SSL_CA: '/nowhere.pem' }, /KAFKA_SSL_CA="\/nowhere.pem": ENOENT.*allowed: a file/],
    ] as const;
    for (const [env, says] of wrong) {
      const refused = system.start('consumer', { ...secured.env.consumer, ...env });
      assert.equal(await refused.exited, 1, refused.output());
      assert.match(refused.output(), says);
    }
  });
});
