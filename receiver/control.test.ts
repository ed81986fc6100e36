import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileRowId } from '../common/model/delivery.ts';
import { sign, signingKey } from '../common/security/signature.ts';
import type { Stats } from './stats.ts';
import { aReceiver, alert, deliver } from './test-support.ts';

const FILE = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

interface Problem {
  status: number;
  detail: string;
  errors: { field: string; value: unknown; rule: string }[];
}

const get = async <Body>(url: string) => (await (await fetch(url)).json()) as Body;
const setMode = (url: string, body: unknown) =>
  fetch(`${url}/mode`, { method: 'POST', body: JSON.stringify(body) });

test('GET /stats tells what came, was accepted, repeated and out of order', async (t) => {
  const receiver = await aReceiver(t);
  const beforeMs = Date.now();
  const row = (number: number, userId: string) =>
    deliver(receiver, {
      headers: { 'webhook-id': fileRowId(FILE, number) },
      body: alert(userId, 'm'),
    });
  await row(1, 'u');
  await row(3, 'u');
  await row(2, 'u'); // out of order
  await row(2, 'v');
  await row(3, 'u'); // a duplicate
  await setMode(receiver.url, { mode: 'error', status: 429 });
  await row(4, 'u');
  const stats = await get<Stats>(`${receiver.url}/stats`);
  const { firstAt, lastAt, ...counts } = stats;
  assert.deepEqual(counts, {
    received: 6,
    accepted: 5,
    refused: { 429: 1 },
    distinct: 3,
    duplicates: 2,
    orderViolations: 1,
    badSignatures: 0,
    ratePerSecondMax: 5,
  });
  assert.ok(firstAt !== null && lastAt !== null);
  assert.ok(beforeMs <= firstAt && firstAt <= lastAt && lastAt <= Date.now());
});

test('POST /reset counts from zero again and leaves the mode', async (t) => {
  const receiver = await aReceiver(t, { mode: 'gone' });
  await deliver(receiver);
  const response = await fetch(`${receiver.url}/reset`, { method: 'POST' });
  assert.equal(response.status, 200);
  assert.equal(receiver.stats().received, 0);
  assert.deepEqual(receiver.stats().refused, {});
  assert.equal((await deliver(receiver)).status, 410);
});

test('POST /mode changes the mode and answers with all of it, defaults included', async (t) => {
  const { url } = await aReceiver(t);
  const response = await setMode(url, { mode: 'ratelimit', rps: 0.5 });
  assert.equal(response.status, 200);
  const mode = {
    mode: 'ratelimit',
    rps: 0.5,
    status: 500,
    delayMs: 1_000,
    failRate: 0.5,
    retryAfter: null,
  };
  assert.deepEqual(await response.json(), mode);
  assert.deepEqual(await get(`${url}/mode`), mode);
});

const bad: readonly [body: unknown, field: string, value: unknown, allowed: RegExp][] = [
  [{ mode: 'fine' }, 'mode', 'fine', /^ok, ratelimit, error, slow, flaky, hang, gone, reset$/],
  [{}, 'mode', null, /^ok, ratelimit/],
  [{ mode: 'ratelimit', rps: 0 }, 'rps', 0, /above 0 up to 1000000/],
  [{ mode: 'ratelimit', rps: '5' }, 'rps', '5', /above 0/],
  [{ mode: 'error', status: 200 }, 'status', 200, /300 to 599/],
  [{ mode: 'error', status: 500.5 }, 'status', 500.5, /300 to 599/],
  [{ mode: 'slow', delayMs: -1 }, 'delayMs', -1, /0 to 600000/],
  [{ mode: 'flaky', failRate: 1.1 }, 'failRate', 1.1, /0 to 1$/],
  [{ mode: 'error', retryAfter: 'soon' }, 'retryAfter', 'soon', /0 to 86400/],
  [{ mode: 'ok', speed: 1 }, 'speed', 1, /no field of this name/],
  [[], '', [], /type object/],
];
for (const [body, field, value, allowed] of bad) {
  test(`POST /mode refuses ${JSON.stringify(body)} by field and leaves the mode`, async (t) => {
    const receiver = await aReceiver(t);
    const response = await setMode(receiver.url, body);
    assert.equal(response.status, 400);
    const { errors } = (await response.json()) as Problem;
    assert.equal(errors.length, 1);
    assert.equal(errors[0]?.field, field);
    assert.deepEqual(errors[0]?.value, value);
    assert.match(errors[0]?.rule ?? '', allowed);
    assert.equal((await deliver(receiver)).status, 200);
  });
}

test('GET /deliveries shows the last requests as they came, newest first', async (t) => {
  const receiver = await aReceiver(t, { keep: 3 });
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
    await deliver(receiver, { path: '/in?x=1', headers: { 'webhook-id': id }, body: `body ${id}` });
  }
  interface Shown {
    path: string;
    status: number;
    headers: Record<string, string>;
    body: string;
  }
  const shown = await get<Shown[]>(`${receiver.url}/deliveries?limit=2`);
  assert.deepEqual(
    shown.map(({ body }) => body),
    ['body g', 'body f'],
  );
  assert.equal(shown[0]?.headers['webhook-id'], 'g');
  assert.deepEqual([shown[0]?.path, shown[0]?.status], ['/in', 200]);
  assert.equal((await get<Shown[]>(`${receiver.url}/deliveries`)).length, 3);
  assert.deepEqual(
    receiver.deliveries().map(({ body }) => body.toString()),
    ['body g', 'body f', 'body e'],
  );
  const response = await fetch(`${receiver.url}/deliveries?limit=0`);
  assert.equal(response.status, 400);
  assert.equal(((await response.json()) as Problem).errors[0]?.field, 'limit');
});

test('with a secret, a genuine delivery is accepted and any other refused with 401', async (t) => {
  const receiver = await aReceiver(t, { secret: SECRET });
  const body = alert('u', 'm');
  const timestampS = Math.floor(Date.now() / 1_000);
  const signature = sign([signingKey(SECRET)], { id: 'a', timestampS, body: Buffer.from(body) });
  const headers = {
    'webhook-id': 'a',
    'webhook-timestamp': String(timestampS),
    'webhook-signature': signature,
  };
  assert.equal((await deliver(receiver, { headers, body })).status, 200);
  assert.equal((await deliver(receiver, { headers, body: alert('u', 'n') })).status, 401);
  assert.equal((await deliver(receiver, { body })).status, 401);
  const { accepted, badSignatures, refused } = receiver.stats();
  assert.deepEqual(
    { accepted, badSignatures, refused },
    {
      accepted: 1,
      badSignatures: 2,
      refused: { 401: 2 },
    },
  );
});

test('health and ping answer; a method other than POST is refused with 405', async (t) => {
  const { url } = await aReceiver(t, { mode: 'hang' });
  for (const path of ['/ping', '/health/live', '/health/ready']) {
    assert.equal((await fetch(url + path)).status, 200, path);
  }
  const response = await fetch(`${url}/webhook`, { method: 'PUT', body: '{}' });
  assert.equal(response.status, 405);
  assert.equal(response.headers.get('allow'), 'POST');
  assert.match(((await response.json()) as Problem).detail, /deliveries come with POST/);
});
