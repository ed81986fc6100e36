// Goal: with USER_KEYS=on no topic holds a body that anybody can read, every way of sending
// delivers it all the same, and once its user is erased nobody finds it any more.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { withAdmin } from '../../../common/kafka/admin/topic-admin.ts';
import { ERASED } from '../../../common/user-keys/body-keys.ts';
import { startApi, subscribe } from '../../support/api.ts';
import { startConsole } from '../../support/console.ts';
import type { TestConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { aTarget } from '../../support/target.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { until } from '../../support/until.ts';

const secretOf = (user: string, what: string) => `secret-${user}-${what}`;

/** A receiver that repeats the body in its answer, as many do when they refuse it. */
async function anEchoingReceiver(t: TestContext) {
  const receiver = { url: '', status: 200, came: [] as { status: number; secret: string }[] };
  const { url } = await aTarget(t, ({ body }, response) => {
    const { status } = receiver;
    receiver.came.push({ status, secret: /secret-[a-z-]+/.exec(body)?.[0] ?? body });
    response.writeHead(status, { 'x-repeated': body.slice(0, 100) }).end(`I got ${body}`);
  });
  return Object.assign(receiver, { url });
}

/** The topics in which a text is found, in a value, a header or a key. */
async function topicsWith(system: DeliverySystem, text: string): Promise<readonly string[]> {
  const { kafka, config } = system;
  const all = await withAdmin(kafka, (admin) => admin.listTopics());
  const found: string[] = [];
  for (const topic of all.filter((name) => name.startsWith(`${config.TOPIC_PREFIX}.`))) {
    const records = await system.records(topic);
    const isThere = records.some(({ key, value, headers }) =>
      [key ?? '', value ?? '', ...Object.values(headers)].some((part) => part.includes(text)),
    );
    if (isThere) found.push(topic);
  }
  return found;
}

const keysOf = async (system: DeliverySystem) =>
  (await system.records(system.names.userKeys)).map(({ key, value }) => `${key} ${String(value)}`);

async function detailOf({ ask }: TestConsole, id: string) {
  const { json } = await ask('GET', `/deliveries/${id}`);
  return json as { state: string; error: string | null; attempts: { excerpt: string }[] };
}

test('bodies are encrypted, delivered all the same, and gone once their user is erased', async (t) => {
  const dataDir = tempDir(t);
  const receiver = await anEchoingReceiver(t);
  const system = await aDeliverySystem(t, {
    ...{ USER_KEYS: 'on', SECRET_KEY: 'a key of the tests', ALLOW_TARGETS: '127.0.0.0/8' },
    ...{ RETRY_SCHEDULE: '300ms,1h', SETTLE_MS: '50', DATA_DIR: dataDir },
    WEBHOOK_URL: receiver.url,
  });
  const filter = JSON.stringify({ body: { kind: ['wanted'] } });
  const target = { id: 'sub_filtered', filter, retryScheduleMs: [300] };
  await subscribe(system, [{ ...target, targetUrl: `${receiver.url}/sub` }]);
  await mkdir(join(dataDir, 'inbox'), { recursive: true });
  const console = await startConsole(system);
  const { ask } = console;
  const api = await startApi(system);
  let consumer = system.start('consumer');

  const ids = new Map<string, string>();
  const send = async (user: string, what: string) => {
    const answer = await api.post('/send', { user_id: user, data: { n: secretOf(user, what) } });
    assert.equal(answer.status, 202, answer.text);
    ids.set(secretOf(user, what), answer.json.id);
  };
  const publish = async (user: string, kind: string) => {
    const data = { kind, text: secretOf(user, kind) };
    const { json } = await api.post('/events', { type: 'x.y', user_id: user, data });
    ids.set(secretOf(user, kind), `${json.id}-sub_filtered`);
  };
  const idOf = (user: string, what: string) => ids.get(secretOf(user, what)) ?? '';
  const came = (status: number) =>
    [
      ...new Set(receiver.came.filter((one) => one.status === status).map((one) => one.secret)),
    ].sort();
  const both = (...whats: string[]) =>
    ['ann', 'bob'].flatMap((user) => whats.map((what) => secretOf(user, what))).sort();
  const untilCame = (status: number, expected: readonly string[]) =>
    until(() => String(came(status)) === String(expected), { describe: () => receiver.came });

  const rows = ['ann', 'bob'].map((user) => `${user},${secretOf(user, 'row')}\n`);
  await writeFile(join(dataDir, 'inbox/x.csv'), `user_id,alert_message\n${rows.join('')}`);
  for (const user of ['ann', 'bob']) await send(user, 'sent');
  await untilCame(200, both('row', 'sent'));

  // These fail: the deliveries to WEBHOOK_URL wait for a retry, those of the event die.
  receiver.status = 500;
  for (const user of ['ann', 'bob']) {
    await send(user, 'retried');
    await publish(user, 'other');
    await publish(user, 'wanted');
  }
  await untilCame(500, both('retried', 'wanted'));
  const states = async (user: string) =>
    Promise.all(
      ['retried', 'wanted'].map(async (what) => (await detailOf(console, idOf(user, what))).state),
    );
  const isOver = async () =>
    String(await states('ann')) === 'retrying,dead' &&
    String(await states('bob')) === 'retrying,dead';
  await until(isOver);
  await until(async () => (await detailOf(console, idOf('ann', 'retried'))).attempts.length === 2);
  assert.deepEqual(await topicsWith(system, 'secret-'), []);
  const { attempts } = await detailOf(console, idOf('ann', 'wanted'));
  assert.match(attempts[0]?.excerpt ?? '', /I got .*secret-ann-wanted/);
  const bodyOf = (user: string, what: string) => ask('GET', `/deliveries/${idOf(user, what)}/body`);
  assert.match((await bodyOf('ann', 'wanted')).text, /secret-ann-wanted/);

  // Nobody has read these when their user is erased.
  await consumer.end('SIGKILL');
  for (const user of ['ann', 'bob']) await send(user, 'queued');
  const before = await keysOf(system);
  const { status, json: receipt, text } = await ask('DELETE', '/users/ann');
  assert.equal(status, 200, text);
  assert.match(receipt.key, /^[\w-]{11}$/);
  const after = await keysOf(system);
  const gone = before.filter((one) => !after.includes(one));
  assert.equal(gone.length, 1, 'the seed of one user is gone, and that of the other is there');
  assert.equal((await ask('DELETE', '/users/ann')).json.key, null);

  for (const what of ['sent', 'retried', 'wanted', 'queued']) {
    const answer = await bodyOf('ann', what);
    assert.deepEqual([answer.status, answer.json.type], [410, 'urn:hookline:problem:erased'], what);
  }
  assert.match(
    (await detailOf(console, idOf('ann', 'wanted'))).attempts[0]?.excerpt ?? '',
    /erased/,
  );
  assert.match((await bodyOf('bob', 'wanted')).text, /secret-bob-wanted/);

  receiver.status = 200;
  receiver.came = [];
  consumer = system.start('consumer');
  const redriven = await ask('POST', '/dead-letters/redrive', { filter: {} });
  assert.deepEqual([redriven.json.redriven, redriven.json.skipped], [1, { [ERASED]: 1 }]);
  const replay = await ask('POST', '/replays', { from: 'earliest' });
  const skipped = async () => (await ask('GET', `/replays/${replay.json.id}`)).json.skipped;
  await until(async () => JSON.stringify(await skipped()).includes('erased'));
  const ofBob = ['queued', 'retried', 'row', 'sent', 'wanted'].map((what) => secretOf('bob', what));
  await untilCame(200, ofBob);
  for (const what of ['queued', 'retried']) {
    await until(async () => (await detailOf(console, idOf('ann', what))).state === 'cancelled');
    assert.match((await detailOf(console, idOf('ann', what))).error ?? '', /^erased/);
  }

  await send('ann', 'again');
  await untilCame(200, [secretOf('ann', 'again'), ...ofBob]);
  assert.deepEqual(await topicsWith(system, 'secret-'), []);

  // Another program copies an encrypted event under an id that it is not bound to.
  const { kafka, names } = system;
  const eventId = idOf('bob', 'wanted').replace('-sub_filtered', '');
  const event = (await system.records(names.deliveries)).find(
    ({ headers }) => headers['webhook-id'] === eventId,
  );
  assert.ok(event);
  const publisher = createPublisher({ kafka, logger: createLogger('test', 'silent') });
  t.after(() => publisher.close());
  const headers = { ...event.headers, 'webhook-id': 'copied' };
  await publisher.publish({ ...event, topic: names.deliveries, headers }, 10_000);
  const copied = () => detailOf(console, 'copied-sub_filtered');
  await until(async () => (await copied()).state === 'dead');
  assert.match((await copied()).error ?? '', /the body cannot be decrypted$/);
  await send('bob', 'last');
  await untilCame(200, [secretOf('ann', 'again'), secretOf('bob', 'last'), ...ofBob].sort());
});
