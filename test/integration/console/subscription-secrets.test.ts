// Goal: what is secret is shown once, to who made it, and is nowhere else in clear.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newSecret } from '../../../common/security/secrets.ts';
import { startApi } from '../../support/api.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import { aTarget } from '../../support/target.ts';
import { until } from '../../support/until.ts';

const API_KEY = 'key-hunter1';
const ENV = {
  ...{ PARTITIONS: '3', ALLOW_TARGETS: '127.0.0.0/8', RETRY_MAX_ATTEMPTS: '1' },
  ...{ API_KEYS: `other,${API_KEY}`, SECRET_KEY: 'hunter2 hunter2 hunter2', LOG_LEVEL: 'trace' },
};
/** None that the description of the API gives as an example. */
const GIVEN = newSecret();
const GETS = [
  ...['/subscriptions', '/deliveries', '/dead-letters', '/status', '/files', '/metrics'],
  ...['/openapi.json', '/health/live', '/health/ready', '/'],
];

test('keys, secrets and header values are in no log, no answer and no topic', async (t) => {
  const system = await aDeliverySystem(t, ENV);
  const { received, url } = await aTarget(t, (_, response) => response.writeHead(500).end());
  const consumer = system.start('consumer');
  const bearer = { authorization: `Bearer ${API_KEY}` };
  const [{ role: console, ask }, { role: producer, post }] = await Promise.all([
    startConsole(system, {}, bearer),
    startApi(system),
  ]);
  assert.equal((await post('/ingest/sub_x', '{}')).status, 401);

  const asked = { target_url: `${url}/path-hunter3`, secret: GIVEN };
  const headers = { Authorization: 'Basic hunter4' };
  const made = await ask('POST', '/subscriptions', { ...asked, headers, signatures: ['v1a'] });
  assert.equal(made.json.secret, GIVEN);
  const { id } = made.json;
  const rotated = (await ask('POST', `/subscriptions/${id}/rotate-secret`)).json.secret as string;
  assert.equal((await ask('PATCH', `/subscriptions/${id}`, { description: 'new' })).status, 200);
  // Refused, they may be shown to who sent them, and are not kept either.
  await ask('PATCH', `/subscriptions/${id}`, { headers: { 'x-a': 'hunter5\n' } });
  await ask('POST', `/subscriptions/${id}/rotate-secret`, { secret: 'whsec_hunter6' });
  await post(`/ingest/${id}`, '{"n":1}', bearer);
  await until(() => received.length === 1);
  assert.equal(received[0]?.headers.authorization, 'Basic hunter4', 'though it is sent');
  await untilDrained(system);
  await until(async () => (await ask('GET', `/subscriptions/${id}/logs`)).json.attempts.length > 0);

  const below = ['', '/logs'].map((path) => `/subscriptions/${id}${path}`);
  const answers: string[] = [];
  for (const path of [...GETS, ...below]) answers.push((await ask('GET', path)).text);
  const topics = [system.names.subscriptions, system.names.attempts, system.names.deadLetters];
  const records = await Promise.all(topics.map((topic) => system.records(topic)));
  const kept = records.flat().map(({ value, headers: all }) => String(value) + JSON.stringify(all));
  const logs = [consumer, console, producer].map(({ output }) => output());
  assert.ok(
    logs.every((log) => log.includes('"level":20')),
    'everything is logged',
  );
  const places = { answers: answers.join(), topics: kept.join(), logs: logs.join() };
  const hidden = [API_KEY, GIVEN.slice(6), rotated.slice(6), 'hunter2', 'hunter4', 'hunter5'];
  for (const [place, text] of Object.entries(places)) {
    for (const one of [...hidden, 'hunter6']) assert.ok(!text.includes(one), `${one} in ${place}`);
  }
  // A URL may be as good as a password, too.
  assert.ok(!places.logs.includes('hunter3'), 'the path of a target is in a log');
});
