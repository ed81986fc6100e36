// Goal: erasures that meet each other, or that a kill cuts short, destroy the keys that they are
// to destroy, and no other. A process without keys says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../../common/base/logger.ts';
import { fetchHighWatermarks } from '../../../common/kafka/admin/high-watermarks.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { LOCKED } from '../../../common/user-keys/body-keys.ts';
import { formatName, masterKey, nameOf, newSeed } from '../../../common/user-keys/user-key.ts';
import { seedRecord } from '../../../common/user-keys/user-keys.ts';
import { startApi, subscribe } from '../../support/api.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

const SECRET_KEY = 'a key of the tests';
/** An erasure copies their seeds in several transactions, so that a kill can fall between. */
const USERS = 20_000;

/** Writes seeds of further users, as producers do. */
async function manyUsers({ kafka, names }: DeliverySystem): Promise<void> {
  const master = masterKey(SECRET_KEY);
  const publisher = createPublisher({ kafka, logger: createLogger('test', 'silent') });
  const to = { topic: names.userKeys, partitions: 1, master };
  const seeds = Array.from({ length: USERS }, (_, n) => {
    const record = seedRecord(to, nameOf(`user-${n}`, master), newSeed());
    return publisher.publish(record, 60_000);
  });
  await Promise.all(seeds);
  await publisher.close();
}

/** The seeds that a client of Kafka can read, by the names of their users. */
async function seedsOf(system: DeliverySystem): Promise<ReadonlyMap<string, string>> {
  const records = await system.records(system.names.userKeys);
  return new Map(
    records.flatMap(({ key, value }) => (value ? [[key ?? '', value.toString('hex')]] : [])),
  );
}

const without = (seeds: ReadonlyMap<string, string>, ...users: readonly string[]) => {
  const master = masterKey(SECRET_KEY);
  const gone = new Set(users.map((user) => formatName(nameOf(user, master))));
  return new Map([...seeds].filter(([name]) => !gone.has(name)));
};

test('two erasures at once end both, and one that a kill cuts short ends when asked again', async (t) => {
  const system = await aDeliverySystem(t, {
    ...{ USER_KEYS: 'on', SECRET_KEY, PARTITIONS: '1', DATA_DIR: tempDir(t) },
  });
  await manyUsers(system);
  const api = await startApi(system);
  const consoles = [
    await startConsole(system, { DATA_DIR: tempDir(t) }),
    await startConsole(system, { DATA_DIR: tempDir(t) }),
  ] as const;
  const [one, other] = consoles;
  const ids = new Map<string, string>();
  for (const user of ['ann', 'bob', 'cid', 'dan']) {
    const { status, json, text } = await api.post('/send', { user_id: user, data: user });
    assert.equal(status, 202, text);
    ids.set(user, json.id);
  }
  const seeds = await seedsOf(system);
  assert.equal(seeds.size, USERS + 4);
  const bodies = async () => {
    const all = [...ids].map(async ([user, id]) => {
      const { status, text } = await other.ask('GET', `/deliveries/${id}/body`);
      return [user, status === 200 ? text : status] as const;
    });
    return Object.fromEntries(await Promise.all(all));
  };

  const receipts = await Promise.all([
    one.ask('DELETE', '/users/ann'),
    other.ask('DELETE', '/users/bob'),
  ]);
  for (const { status, text } of receipts) assert.equal(status, 200, text);
  assert.deepEqual(await seedsOf(system), without(seeds, 'ann', 'bob'));
  const erased = { ann: 410, bob: 410 };
  assert.deepEqual(await bodies(), { ...erased, cid: '"cid"', dan: '"dan"' });

  // The first transaction of the next erasure is in the log, and not the last one.
  const { kafka, names } = system;
  const end = async () => (await fetchHighWatermarks(kafka, names.userKeys)).get(0)?.high ?? 0;
  const begun = await end();
  const cut = one.ask('DELETE', '/users/cid').catch(() => null);
  await until(async () => (await end()) > begun, { everyMs: 1 });
  await one.role.end('SIGKILL');
  assert.equal(await cut, null);
  assert.ok((await end()) < begun + USERS, 'it was not finished');
  const again = await other.ask('DELETE', '/users/cid');
  assert.equal(again.status, 200, again.text);
  assert.deepEqual(await seedsOf(system), without(seeds, 'ann', 'bob', 'cid'));
  assert.deepEqual(await bodies(), { ...erased, cid: 410, dan: '"dan"' });

  // A producer that was there all the time goes on with the keys that are left.
  const { json } = await api.post('/send', { user_id: 'dan', data: 'more' });
  ids.set('dan', json.id);
  assert.equal((await bodies()).dan, '"more"');
  assert.equal((await seedsOf(system)).size, USERS + 1, 'with no new key');
});

test('where USER_KEYS is off an encrypted event is dead-lettered once, and the API says why', async (t) => {
  const system = await aDeliverySystem(t, { PARTITIONS: '1', DATA_DIR: tempDir(t) });
  await subscribe(system, [{ id: 'sub_a' }, { id: 'sub_b' }]);
  system.start('consumer');
  const { ask } = await startConsole(system);
  const on = { USER_KEYS: 'on', SECRET_KEY, DATA_DIR: tempDir(t) };
  const { post } = await startApi(system, on);
  const { json: event } = await post('/events', { type: 'x.y', user_id: 'ann', data: 1 });
  const dead = async () => (await ask('GET', '/dead-letters')).json.dead_letters;
  await until(async () => (await dead()).length > 0, { describe: dead });
  const { json: sent } = await post('/send', { user_id: 'ann', data: 1 });
  await until(async () => (await dead()).length > 1, { describe: dead });
  const found = (await dead()).map(({ id, error }: Record<string, string>) => `${id} ${error}`);
  assert.deepEqual(found.sort(), [event.id, sent.id].map((id) => `${id} ${LOCKED}`).sort());
  for (const [method, path] of [
    ['GET', `/deliveries/${sent.id}/body`],
    ['POST', `/deliveries/${sent.id}/resend`],
    ['DELETE', '/users/ann'],
  ] as const) {
    const { status, json } = await ask(method, path);
    assert.deepEqual([status, json.type], [409, 'urn:hookline:problem:user-keys-off'], path);
  }
});
