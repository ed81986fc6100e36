// Goal: what is asked twice under one key is delivered once, whichever process is asked and when.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { partitionOf } from '../../../common/kafka/produce/partitioner.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { LEASE_MS, formatClaim } from '../../../producer/idempotency/claims.ts';
import { requestKeyOf } from '../../../producer/idempotency/request-key.ts';
import { startApi, subscribe } from '../../support/api.ts';
import type { ApiAnswer } from '../../support/api.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { tempDir } from '../../support/temp-dir.ts';

const REPLAYED = 'idempotent-replayed';

const aSystem = (t: TestContext) => aDeliverySystem(t, { DATA_DIR: tempDir(t), PARTITIONS: '3' });

async function idsInTheLog(system: DeliverySystem): Promise<readonly string[]> {
  const records = await system.records(system.names.deliveries);
  return records.map(({ headers }) => String(headers['webhook-id']));
}

const idOf = ({ status, text, json }: ApiAnswer): string => {
  assert.equal(status, 202, text);
  return json.id;
};

describe('idempotency keys', { concurrency: 2 }, () => {
  test('50 requests with one key to two processes at once are one delivery, after a restart too', async (t) => {
    const system = await aSystem(t);
    const apis = await Promise.all([startApi(system), startApi(system)]);
    const body = { user_id: 'u1', data: { n: 1 } };
    const key = { 'idempotency-key': 'order-1' };
    const asked = Array.from({ length: 50 }, async (_, n) => apis[n % 2]?.post('/send', body, key));
    const answers = (await Promise.all(asked)) as ApiAnswer[];
    const ids = new Set(answers.map(idOf));
    assert.equal(ids.size, 1, 'one id');
    assert.deepEqual(await idsInTheLog(system), [...ids]);
    const first = answers.filter(({ headers }) => !headers.has(REPLAYED));
    assert.equal(first.length, 1, 'all but one say that they repeat');

    const other = await apis[0].post('/send', { ...body, data: { n: 2 } }, key);
    assert.equal(other.status, 422, other.text);
    assert.equal(other.json.type, 'urn:hookline:problem:idempotency-key-reused');
    assert.match(other.headers.get('content-type') ?? '', /^application\/problem\+json/);
    const others = await apis[1].post('/send', { ...body, user_id: 'u2' }, key);
    assert.notEqual(idOf(others), idOf(answers[0] as ApiAnswer), "another user's key is another");

    for (const { role } of apis) await role.end('SIGKILL');
    const { post } = await startApi(system);
    assert.ok(ids.has(idOf(await post('/send', body, key))));
    assert.equal((await idsInTheLog(system)).length, 2);
  });

  test('lines of a batch, events and direct deliveries have keys as well', async (t) => {
    const system = await aSystem(t);
    await subscribe(system, [{ id: 'sub_a' }, { id: 'sub_b' }]);
    const { post } = await startApi(system);
    const line = (id: string, n: number) => ({ id, user_id: 'u1', data: n });
    const lines = [line('a', 1), line('b', 2), line('a', 1), line('a', 3), line('ä', 4)];
    const batch = (await post('/send/batch', lines)).json;
    const states = batch.map((one: { status: number }) => one.status);
    assert.deepEqual(states, [202, 202, 202, 422, 400]);
    assert.equal(batch[0].id, batch[2].id);
    const single = await post('/send', { user_id: 'u1', data: 2 }, { 'idempotency-key': 'b' });
    assert.equal(idOf(single), batch[1].id, 'the id of a line is the key of a request');

    const event = () => post('/events', { type: 'a.b', data: 1 }, { 'idempotency-key': 'b' });
    assert.equal(idOf(await event()), idOf(await event()));
    const direct = (raw: string) => post('/ingest/sub_a', raw, { 'idempotency-key': 'b' });
    assert.equal(idOf(await direct('{"a":1}')), idOf(await direct('{"a":1}')));
    assert.equal((await direct('{"a": 1}')).status, 422, 'another byte is another body');

    const ids = await idsInTheLog(system);
    assert.equal(ids.length, 2 + 1 + 1);
    assert.equal(new Set(ids).size, ids.length);
    const bad = await post('/send', { user_id: 'u1', data: 1 }, { 'idempotency-key': 'a b' });
    assert.equal(bad.status, 400);
    assert.deepEqual(bad.json.errors, [
      { field: 'idempotency-key', value: 'a b', rule: '1 to 255 visible ASCII characters' },
    ]);
  });

  test('who died between claim and delivery is replaced after the lease', async (t) => {
    const system = await aSystem(t);
    const { post } = await startApi(system);
    const data = 'x';
    const claimed = requestKeyOf('order-1', ['send', 'u1'], [JSON.stringify(data)]);
    assert.ok(claimed);
    const { key, fingerprint } = claimed;
    const publisher = createPublisher({ ...system, logger: createLogger('test', 'silent') });
    t.after(() => publisher.close());
    const value = formatClaim({ state: 'claimed', by: 'the dead', fingerprint });
    const partition = partitionOf(key, system.config.PARTITIONS);
    const record = { topic: system.names.idempotency, partition, key, value, headers: {} };
    await publisher.publish(record, 10_000);

    const startedAt = performance.now();
    const send = () => post('/send', { user_id: 'u1', data }, { 'idempotency-key': 'order-1' });
    const answers = await Promise.all([send(), send()]);
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs > LEASE_MS - 5_000, `not before its time: ${tookMs} ms`);
    assert.deepEqual(await idsInTheLog(system), [idOf(answers[0])]);
    assert.equal(idOf(answers[0]), idOf(answers[1]));
  });
});
