// Goal: the text of `data` arrives, signed, byte for byte as it was sent: by every route that takes
// it, and once more after a redrive and a replay.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signingKey, verify } from '../../../common/security/signature.ts';
import type { Kept } from '../../../receiver/deliveries.ts';
import { readAnswer, subscribe } from '../../support/api.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { startFront } from '../../support/front.ts';
import { jsonTexts } from '../../support/json-text.ts';
import fc from '../../support/property.ts';
import { until } from '../../support/until.ts';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const KEYS = [signingKey(SECRET)];

/** Bodies that a program would change which parses them and writes them again. */
const TELLING = [
  '1152921506151679042',
  '{"order_id": 9007199254740993, "price": 1.10, "big": 1e400, "zero": -0}',
  '123456789012345678901234567890.123456789012345678901234567890',
  '{"b":1,"2":1,"10":1,"1":1,"b":2}',
  '"\\u0041\\/\\ud83d\\ude00\\ud800 \u2028 näh"',
  '[ 1.0 ,\t1E+2,\r[ ] ]',
  `${'['.repeat(2_000)}${']'.repeat(2_000)}`,
];

function isGenuine({ headers, body }: Kept): boolean {
  const header = (name: string) => headers[name] as string | undefined;
  const signed = {
    id: header('webhook-id'),
    timestamp: header('webhook-timestamp'),
    signature: header('webhook-signature'),
  };
  return verify(KEYS, { ...signed, body }, Date.now()) === null;
}

test('every JSON text arrives byte for byte, by every route, and again when redriven and replayed', async (t) => {
  const settings = { PARTITIONS: '3', RETRY_MAX_ATTEMPTS: '1', WEBHOOK_SECRET: SECRET };
  const system = await aDeliverySystem(
    t,
    { ...settings, ALLOW_TARGETS: '127.0.0.0/8' },
    { keep: 10_000, mode: 'error' },
  );
  const { receiver } = system;
  const secrets = [{ text: SECRET, expiresAt: null }];
  await subscribe(system, [{ id: 'sub_all', secrets }]);
  system.start('consumer');
  const { url } = await startFront(system);
  const post = async (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    readAnswer(
      await fetch(url + path, { method: 'POST', headers, body: new Uint8Array(Buffer.from(body)) }),
    );

  /** By id, the text that must arrive. */
  const sent = new Map<string, string>();
  const came = (status: number) =>
    receiver
      .deliveries()
      .filter((one) => one.status === status)
      .map((one) => {
        assert.ok(isGenuine(one));
        return [String(one.headers['webhook-id']), String(one.body)] as const;
      });
  const untilCame = async (status: number, count: number) => {
    const counted = () => {
      const { accepted, refused } = receiver.stats();
      return status === 200 ? accepted : (refused[status] ?? 0);
    };
    await until(() => counted() >= count, { describe: () => receiver.stats() });
    assert.deepEqual(new Map(came(status)), sent);
    assert.equal(came(status).length, count);
  };

  for (const data of TELLING) {
    const { json, text } = await post('/send', `{"user_id":"u",\n"data":${data}\n}`);
    assert.equal(json.status ?? 202, 202, text);
    sent.set(json.id, data);
  }
  await untilCame(500, sent.size);
  receiver.setMode('ok');
  const isDead = async () => {
    const { json } = await readAnswer(await fetch(`${url}/dead-letters`));
    return json.dead_letters.length === sent.size;
  };
  await until(isDead);
  assert.equal((await post('/retry', '')).json.redriven, sent.size);
  await untilCame(200, sent.size);

  const { value, space } = jsonTexts();
  const isNotNull = (text: string) => text !== 'null';
  const texts = fc.sample(fc.tuple(value.filter(isNotNull), space), 120);
  const sendAlone = async ([data, s]: readonly [string, string]) => {
    const { json } = await post('/send', `${s}{"data"${s}:${s}${data}${s},"user_id":"u"}${s}`);
    sent.set(json.id, data);
    const event = await post('/events', `{"type":"a.b",${s}"data":${s}${data}${s}}`);
    sent.set(`${event.json.id}-sub_all`, data);
  };
  await Promise.all(texts.map(sendAlone));
  const array = texts.map(([data, s]) => `{${s}"user_id":"u","data":${s}${data}${s}}${s}`);
  const results = (await post('/send/batch', `[${array.join()}]`)).json;
  results.forEach(({ id }: { id: string }, n: number) => sent.set(id, texts[n]?.[0] ?? ''));

  const inLine = jsonTexts([' ', '\t', '\r']);
  const onLines = fc.sample(fc.tuple(inLine.value.filter(isNotNull), inLine.space), 120);
  const lines = onLines.map(([data, s]) => `{"user_id":"u",${s}"data":${s}${data}${s}}${s}`);
  const { text: answer } = await post('/send/batch', lines.join('\n'));
  answer
    .trimEnd()
    .split('\n')
    .forEach((line, n) => {
      sent.set((JSON.parse(line) as { id: string }).id, onLines[n]?.[0] ?? '');
    });
  assert.equal(sent.size, TELLING.length + 4 * 120, 'all were accepted');
  await untilCame(200, sent.size);

  // Originals alone are replayed: each has come once by then, and the telling ones after an error.
  const { status } = await post('/replays', '{"from":"earliest"}');
  assert.equal(status, 202);
  await untilCame(200, 2 * sent.size);

  const withKey = { 'idempotency-key': 'k' };
  const keyed = (n: string) => post('/send', `{"user_id":"u","data":{"order_id":${n}}}`, withKey);
  assert.equal((await keyed('9007199254740993')).status, 202);
  assert.equal((await keyed('9007199254740992')).status, 422, 'another content');
  assert.equal((await keyed('9007199254740993')).headers.get('idempotent-replayed'), 'true');

  const broken = Buffer.from('{"user_id":"u","type":"a","data":"\xe4"}', 'latin1');
  for (const path of ['/send', '/events']) {
    const refused = await post(path, broken);
    assert.deepEqual([refused.status, refused.json.detail], [400, 'The body is not UTF-8']);
  }
  const mixed = Buffer.concat([
    broken,
    Buffer.from('\n{"user_id":"u","data":1}\n{"user_id":"u","data":1,"data":2}'),
  ]);
  const parts = (await post('/send/batch', mixed)).text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { status: number; detail?: string });
  assert.deepEqual(
    parts.map((one) => [one.status, one.detail]),
    [
      [400, 'The line is not UTF-8'],
      [202, undefined],
      [400, 'data: given once'],
    ],
  );
  const other = Buffer.concat([Buffer.from('['), broken, Buffer.from(']')]);
  assert.equal((await post('/send/batch', other)).status, 400);
});
