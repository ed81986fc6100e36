// Goal: what the API accepts is delivered once, as it was asked for; all else is refused in words.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { startApi, subscribe } from '../../support/api.ts';
import type { ApiAnswer } from '../../support/api.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

async function aSystem(t: TestContext, env: Record<string, string> = {}) {
  const common = { DATA_DIR: tempDir(t), PARTITIONS: '3', ALLOW_TARGETS: '127.0.0.0/8' };
  return aDeliverySystem(t, { ...common, ...env }, { keep: 5_000 });
}

/** Everything delivered, by id, when exactly so many are. */
async function delivered({ receiver }: DeliverySystem, count: number) {
  await until(() => receiver.stats().distinct >= count, { describe: () => receiver.stats() });
  const all = receiver.deliveries(5_000);
  assert.equal(receiver.stats().distinct, count);
  assert.equal(receiver.stats().duplicates, 0);
  return new Map(all.map((one) => [String(one.headers['webhook-id']), one]));
}

function refused(answer: ApiAnswer, status: number, says: RegExp): void {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(answer.json.status, status);
  assert.match(answer.json.detail, says);
  assert.ok(answer.headers.get('x-request-id'));
}

describe('deliveries by HTTP', { concurrency: 2 }, () => {
  test('each route delivers once, to whom it says and with the body it was given', async (t) => {
    const system = await aSystem(t);
    await subscribe(system, [
      { id: 'sub_all' },
      { id: 'sub_orders', eventTypes: ['order.*'] },
      { id: 'sub_users', eventTypes: ['user.made'] },
      { id: 'sub_off', state: 'disabled', disabledReason: 'test' },
      { id: 'sub_gone', state: 'deleted' },
    ]);
    system.start('consumer');
    const { post } = await startApi(system);

    const data = { userId: 'u1', alertMessage: 'näh "quoted"' };
    const sent = await post('/send', { user_id: 'u1', data }, { traceparent: TRACEPARENT });
    assert.equal(sent.status, 202, sent.text);

    const event = await post('/events', { type: 'order.paid', user_id: 'u2', data: { n: 1 } });
    assert.equal(event.status, 202, event.text);
    const lost = await post('/events', { type: 'user.lost', data: [1] });
    assert.deepEqual(Object.keys(lost.json), ['id']);

    const raw = '{ "b":1.50,\r\n "a": 12345678901234567890 }';
    const headers = { 'event-type': 'user.made', 'content-type': 'application/vnd.x+json' };
    const direct = await post('/ingest/sub_users', raw, headers);
    assert.equal(direct.status, 202, direct.text);
    const untyped = await post('/ingest/sub_all', '<a/>', { 'content-type': 'text/xml' });
    assert.equal(untyped.status, 202, untyped.text);

    const all = await delivered(system, 6);
    const got = (id: string) => {
      const { path, headers: with_, body } = all.get(id) ?? assert.fail(`${id} did not come`);
      return { path, type: with_['event-type'], as: with_['content-type'], body: String(body) };
    };
    const json = 'application/json';
    const first = got(sent.json.id);
    assert.deepEqual(first, {
      path: '/webhook',
      type: undefined,
      as: json,
      body: JSON.stringify(data),
    });
    assert.equal(all.get(sent.json.id)?.headers['traceparent'], TRACEPARENT);
    assert.ok(all.has(`${lost.json.id}-sub_all`), 'nobody else takes all types');
    for (const subscription of ['sub_all', 'sub_orders']) {
      assert.deepEqual(got(`${event.json.id}-${subscription}`), {
        path: `/${subscription}`,
        type: 'order.paid',
        as: json,
        body: '{"n":1}',
      });
    }
    assert.deepEqual(got(direct.json.id), {
      path: '/sub_users',
      type: 'user.made',
      as: 'application/vnd.x+json',
      body: raw,
    });
    assert.deepEqual(got(untyped.json.id), {
      path: '/sub_all',
      type: undefined,
      as: 'text/xml',
      body: '<a/>',
    });

    const late = 'sub_late';
    await subscribe(system, [{ id: late }]);
    assert.equal((await post(`/ingest/${late}`, '{}')).status, 202, 'known at once');
    refused(await post('/ingest/sub_none', '{}'), 404, /no subscription sub_none/);
    refused(await post('/ingest/sub_gone', '{}'), 404, /no subscription sub_gone/);
    refused(await post('/ingest/sub_off', '{}'), 409, /disabled/);
    refused(await post('/ingest/sub_users', '{}'), 400, /Event-Type is missing.*user\.made/);
    const other = { 'event-type': 'order.paid' };
    refused(await post('/ingest/sub_users', '{}', other), 409, /takes user\.made only/);
    refused(await post('/ingest/sub_all', '{}', { 'event-type': 'a b' }), 400, /event-type/);
    refused(await post('/ingest/sub_all', ''), 400, /empty/);
    const packed = { 'content-encoding': 'gzip' };
    refused(await post('/ingest/sub_all', '{}', packed), 415, /Content-Encoding: gzip/);
    refused(await post('/events', { type: 'order.*', data: 1 }), 400, /type: words/);
    refused(await post('/events', { data: 1 }), 400, /type:/);
    const ours = 'hookline.subscription.disabled';
    const reserved = /: any type but those of hookline\.\*, which are reserved/;
    refused(await post('/events', { type: ours, data: 1 }), 400, reserved);
    refused(await post('/ingest/sub_all', '{}', { 'event-type': ours }), 400, reserved);
    const near = await post('/events', { type: 'hooklines.paid', data: 1 });
    const after = await delivered(system, 6 + 1 + 2);
    assert.ok(after.has(`${near.json.id}-sub_late`), 'to sub_all and sub_late');
  });

  test('a batch has a result for each line, in order, and a bad one stops no other', async (t) => {
    const system = await aSystem(t, { MAX_MESSAGE_BYTES: '1000' });
    system.start('consumer');
    const { post } = await startApi(system);
    const line = (n: number) => JSON.stringify({ user_id: `u${n % 7}`, data: { n } });
    const lines = Array.from({ length: 2_500 }, (_, n) => line(n));
    lines[3] = '{"user_id":"u1"';
    lines[4] = '{"user_id":"u1","data":1,"more":2}';
    lines[5] = JSON.stringify({ user_id: 'u1', data: 'x'.repeat(1_200) });
    lines[6] = `"${'x'.repeat(30_000)}"`;
    lines[7] = ' ';
    const answer = await post('/send/batch', `${lines.join('\r\n')}`);
    assert.equal(answer.status, 207, answer.text);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/x-ndjson/);
    const results = answer.text
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    assert.deepEqual(
      results.map((result) => result.line),
      lines.map((_, index) => index + 1).filter((n) => n !== 8),
    );
    const bad = results.filter(({ status }) => status !== 202);
    assert.deepEqual(
      bad.map((one) => [one.line, one.status]),
      [
        [4, 400],
        [5, 400],
        [6, 413],
        [7, 413],
      ],
    );
    assert.match(bad[1].detail, /more: no field of this name/);

    const array = await post('/send/batch', ` [${line(1)}, 7, ${line(2)}]`);
    assert.equal(array.status, 207);
    const states = array.json.map((one: { status: number }) => one.status);
    assert.deepEqual(states, [202, 400, 202]);

    const all = await delivered(system, 2_500 - 5 + 2);
    for (const { id, line: number } of results.filter(({ status }) => status === 202)) {
      assert.equal(String(all.get(id)?.body), `{"n":${number - 1}}`);
    }
    refused(await post('/send/batch', ' \n'), 400, /nothing to send/);
    refused(await post('/send/batch', '[1,'), 400, /not JSON/);
    refused(await post('/send/batch', `[${' '.repeat(9 * 1024 ** 2)}]`), 413, /array/);
  });

  test('what is not strictly right is refused, and so is what comes too fast', async (t) => {
    const system = await aSystem(t, {
      MAX_LAG: '3',
      MAX_MESSAGE_BYTES: '1000',
      API_KEYS: 'key-1',
    });
    const { post: bare } = await startApi(system);
    const post = (body: unknown) => bare('/send', body, { authorization: 'Bearer key-1' });
    for (const path of ['/send', '/send/batch', '/events', '/ingest/sub_1']) {
      refused(await bare(path, {}), 401, /bearer key/);
    }
    const user_id = 'u1';
    refused(await post('{'), 400, /not JSON/);
    refused(await post({ user_id }), 400, /data: any JSON value/);
    refused(await post({ user_id, data: null }), 400, /data: any JSON value/);
    refused(await post({ data: 1 }), 400, /user_id/);
    refused(await post({ user_id: ' ', data: 1 }), 400, /user_id: 1 to 200/);
    refused(await post({ user_id: 'a\u0000', data: 1 }), 400, /user_id: 1 to 200/);
    refused(await post({ user_id: 'a'.repeat(201), data: 1 }), 400, /user_id: 1 to 200/);
    refused(await post({ user_id: 7, data: 1 }), 400, /user_id/);
    refused(await post({ user_id, data: 1, userId: 'u' }), 400, /userId: no field/);
    refused(await post({ user_id, data: 'x'.repeat(999) }), 413, /1001 bytes.*MAX_MESSAGE_BYTES/);
    refused(await post(' '.repeat(20_000)), 413, /larger than/);
    const deep = `{"user_id":"u1","data":${'['.repeat(450)}${']'.repeat(450)}}`;
    assert.equal((await post(deep)).status, 202);

    for (let n = 1; n < 3; n += 1) assert.equal((await post({ user_id, data: n })).status, 202);
    const held = await post({ user_id, data: 3 });
    refused(held, 429, /MAX_LAG/);
    assert.equal(held.headers.get('retry-after'), '5');
  });
});
