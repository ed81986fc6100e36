// Goal: deliveries go out as a subscription sets it for itself, from the moment of a PATCH, and as
// the settings say for all.
import assert from 'node:assert/strict';
import { createHash, createHmac, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, test } from 'node:test';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { HTTP } from 'cloudevents';
import type { CloudEvent } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { aCertificate } from '../../../bench/certificate.ts';
import { carriesToken } from '../../support/oauth2-case.ts';
import { aProxy } from '../../support/proxy.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { httpbis } from 'http-message-signatures';
import { startConsole } from '../../support/console.ts';
import type { TestConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { subscribed } from '../../support/subscribed.ts';
import { getsItsMatches } from '../../support/filter-case.ts';
import { aTarget } from '../../support/target.ts';
import type { Received } from '../../support/target.ts';
import { until } from '../../support/until.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** One system serves all cases, each of which has subscriptions of its own. */
describe('settings of a subscription', () => {
  test('timeout, retries and places, each by itself', async (t) => {
    const secured = await aSecuredTarget(t);
    const system = await aDeliverySystem(t, {
      ...secured.env,
      ...{ ALLOW_TARGETS: '127.0.0.0/8', RETRY_SCHEDULE: '30s', CONCURRENCY: '8' },
      CLOUDEVENTS_SOURCE: '/shop',
      ALERT_DEAD_LETTERS: '2',
    });
    const testConsole = await startConsole(system);
    system.start('consumer');
    const ops = await aTarget(t);
    const event_types = ['hookline.*'];
    await created(testConsole, { target_url: ops.url, event_types });
    const { send, sendDefault } = subscribed(t, system);
    const context = { t, testConsole, send, sendDefault };
    await t.test('a shorter timeout and waits, changed while it works', () => timesOut(context));
    await t.test('a burst of dead letters is reported once', () => isReported(ops));
    await t.test('no more requests at once than it wants', () => keepsPlaces(context));
    await t.test('with an access token, and a pause while there is none', () =>
      carriesToken(context),
    );
    await t.test('by the proxy, with our certificate', () => goesByProxy(context, secured));
    await t.test(
      'a filter decides who gets an event, also after retries, replay and redrive',
      (t) => getsItsMatches(t, system, testConsole),
    );
    await t.test('a CloudEvent in the form it wants, signed', () => getsCloudEvents(context));
    assert.equal(ops.received.length, 1, 'nothing is reported again while it lasts');
  });
});

interface Context {
  readonly t: Parameters<typeof aTarget>[0];
  readonly testConsole: TestConsole;
  readonly send: (subscription: string, id: string, key: string) => Promise<void>;
  readonly sendDefault: (id: string) => Promise<void>;
}

async function created({ ask }: TestConsole, body: object): Promise<string> {
  const { status, json } = await ask('POST', '/subscriptions', body);
  assert.equal(status, 201, JSON.stringify(json));
  return json.id as string;
}

async function timesOut({ t, testConsole, send }: Context): Promise<void> {
  const { ask } = testConsole;
  const { url, received } = await aTarget(t, () => {});
  const id = await created(testConsole, { target_url: `${url}/hangs`, timeout_ms: 200 });
  const changed = await ask('PATCH', `/subscriptions/${id}`, { retry_schedule_ms: [300, 400] });
  assert.deepEqual([changed.json.timeout_ms, changed.json.retry_schedule_ms], [200, [300, 400]]);
  await send(id, 'msg_hangs', 'user-1');
  const state = async () => (await ask('GET', '/deliveries/msg_hangs')).json.state as string;
  await until(async () => (await state()) === 'dead');
  const { json } = await ask('GET', '/deliveries/msg_hangs');
  const attempts = json.attempts as { error: string; latency_ms: number }[];
  assert.deepEqual(
    attempts.map(({ error }) => error),
    Array(3).fill('timeout: no answer in time'),
  );
  // The settings would have waited 15 s for each answer, and 30 s before the second attempt.
  assert.ok(
    attempts.every(({ latency_ms: ms }) => ms < 5_000),
    JSON.stringify(attempts),
  );
  assert.equal(received.length, 3);

  await ask('PATCH', `/subscriptions/${id}`, { retry_schedule_ms: [] });
  await send(id, 'msg_once', 'user-1');
  await until(async () => (await ask('GET', '/deliveries/msg_once')).json.state === 'dead');
  assert.equal(received.length, 4, 'an empty schedule means one attempt');
}

async function keepsPlaces({ t, testConsole, send }: Context): Promise<void> {
  const held: (() => void)[] = [];
  let most = 0;
  const { url, received } = await aTarget(t, (_, response) => {
    held.push(() => response.end());
    most = Math.max(most, held.length);
  });
  const id = await created(testConsole, { target_url: url, concurrency: 1 });
  for (let n = 0; n < 6; n += 1) await send(id, `msg_${n}`, `user-${n}`);
  for (let n = 1; n <= 3; n += 1) {
    await until(() => received.length === n);
    held.shift()?.();
  }
  await until(() => received.length === 4);
  assert.equal(most, 1);
  await testConsole.ask('PATCH', `/subscriptions/${id}`, { concurrency: null });
  await until(() => received.length === 6);
  assert.equal(held.length, 3, 'without a limit of its own the rest goes at once');
  held.forEach((end) => end());
}

async function getsCloudEvents({ t, testConsole, send }: Context): Promise<void> {
  const { url, received } = await aTarget(t);
  const id = await created(testConsole, {
    ...{ target_url: `${url}/hook?shop=1`, format: 'cloudevents-structured', secret: SECRET },
    signatures: ['rfc9421-hmac-sha256', 'rfc9421-ed25519'],
  });
  await send(id, '01M7YW2YGWB72GZY82SBQ6X97M', 'user-1');
  await until(() => received.length === 1);
  await testConsole.ask('PATCH', `/subscriptions/${id}`, { format: 'cloudevents-binary' });
  await send(id, 'msg_binary', 'user-1');
  await until(() => received.length === 2);
  const { status } = (await testConsole.ask('POST', `/subscriptions/${id}/test`)).json;
  assert.equal(status, 200);
  const events = received.map(({ headers, body }) => {
    // The signature is over what was sent, whatever the format.
    new Webhook(SECRET).verify(body, headers as Record<string, string>);
    const event = HTTP.toEvent({ headers, body }) as CloudEvent<{ sentAtMs?: number }>;
    event.validate();
    return event;
  });
  const publicKey = await publicKeyOf(testConsole, id);
  for (const one of received) await assertSigned(one, { target: url, publicKey });
  assert.match(String(received[1]?.headers['signature-input']), /"ce-id"/);
  assert.deepEqual(
    events.map(({ id: eventId, source, type }) => [eventId.slice(0, 5), source, type]),
    [
      ['01M7Y', '/shop', 'hookline.delivery'],
      ['msg_b', '/shop', 'hookline.delivery'],
      ['test_', '/shop', 'hookline.test'],
    ],
  );
  assert.deepEqual(
    events.slice(0, 2).map(({ data }) => typeof data?.sentAtMs),
    ['number', 'number'],
  );
}

/** The target of WEBHOOK_URL: known to a proxy alone, of its own authority, asking who we are. */
async function aSecuredTarget(t: Context['t']) {
  const dir = tempDir(t);
  const [certificate, ours] = [aCertificate('target.example'), aCertificate('hookline.example')];
  const pem = async (name: string, text: string) => {
    await writeFile(join(dir, name), text);
    return join(dir, name);
  };
  let received = 0;
  const asking = { ...certificate, ca: ours.cert, requestCert: true };
  const server = createServer(asking, (request, response) => {
    received += 1;
    request.resume();
    // The tunnel ends with each answer, so that a proxy that is gone is noticed.
    response.writeHead(200, { connection: 'close' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const proxy = await aProxy(t);
  const env = {
    WEBHOOK_URL: `https://target.example:${(server.address() as AddressInfo).port}/hook`,
    HTTPS_PROXY: `http://hookline:hunter2@${proxy.host}`,
    DELIVERY_TLS_CA: await pem('ca.pem', certificate.cert),
    DELIVERY_TLS_CERT: await pem('cert.pem', ours.cert),
    DELIVERY_TLS_KEY: await pem('key.pem', ours.key),
  };
  return { env, proxy, received: () => received };
}

async function goesByProxy(
  { testConsole, sendDefault }: Context,
  { proxy, received }: Awaited<ReturnType<typeof aSecuredTarget>>,
): Promise<void> {
  const { ask } = testConsole;
  await sendDefault('msg_tunnel');
  await until(async () => (await ask('GET', '/deliveries/msg_tunnel')).json.state === 'delivered');
  const tested = (await ask('POST', '/subscriptions/default/test')).json;
  assert.deepEqual([tested.status, received()], [200, 2], 'the test event goes the same way');
  assert.match(proxy.asked[0]?.authority ?? '', /^target\.example:\d+$/);
  proxy.close();
  await sendDefault('msg_down');
  await until(async () => {
    const { attempts = [] } = (await ask('GET', '/deliveries/msg_down')).json;
    return attempts.length > 0;
  });
  const [{ attempt, error }] = (await ask('GET', '/deliveries/msg_down')).json.attempts;
  assert.match(error, /^proxy: the proxy http:\/\/127\.0\.0\.1:\d+ cannot be used: connect /);
  assert.ok(!error.includes('hunter2'));
  await until(async () => (await ask('GET', '/deliveries/msg_down')).json.state === 'waiting');
  assert.equal(attempt, 1, 'and no attempt is used up');
}

/** The case before has made two dead letters. */
async function isReported({ received }: Awaited<ReturnType<typeof aTarget>>): Promise<void> {
  await until(() => received.length > 0);
  const [{ type, data }] = received.map(({ body }) => JSON.parse(body)) as [
    { type: string; data: { dead_letters: number; minutes: number } },
  ];
  assert.deepEqual([type, data], ['hookline.dead_letter.burst', { dead_letters: 2, minutes: 5 }]);
}

/** The public key that the API shows: 32 bytes, to be put behind the head of its DER. */
async function publicKeyOf({ ask }: TestConsole, id: string): Promise<KeyObject> {
  const [shown] = (await ask('GET', `/subscriptions/${id}`)).json.public_keys as [string];
  const head = Buffer.from('302a300506032b6570032100', 'hex');
  const der = Buffer.concat([head, Buffer.from(shown.slice('whpk_'.length), 'base64')]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

/** Verifies both RFC 9421 signatures by a library of others, and the digest of the body. */
async function assertSigned(
  { path, headers, bytes }: Received,
  { target, publicKey }: { target: string; publicKey: KeyObject },
): Promise<void> {
  const secret = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
  const seen: unknown[] = [];
  const isGenuine = await httpbis.verifyMessage(
    {
      all: true,
      keyLookup: ({ alg }: { alg?: string }) => {
        seen.push(alg);
        const isRight = (data: Buffer, signature: Buffer) =>
          alg === 'ed25519'
            ? verify(null, data, publicKey, signature)
            : createHmac('sha256', secret).update(data).digest().equals(signature);
        const check = (data: Buffer, signature: Buffer) =>
          Promise.resolve(isRight(data, signature));
        return Promise.resolve({ algs: [alg as 'ed25519'], verify: check });
      },
    },
    { method: 'POST', url: target + path, headers: headers as Record<string, string> },
  );
  assert.equal(isGenuine, true);
  assert.deepEqual(seen, ['hmac-sha256', 'ed25519']);
  const digest = createHash('sha256').update(bytes).digest('base64');
  assert.equal(headers['content-digest'], `sha-256=:${digest}:`);
}
