// Goal: every 4xx that the description has can really happen, and its body is as described.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { OpenApiDocument } from '../../../common/http/docs/document.ts';
import { bury } from '../../support/bury.ts';
import { deleteRecords } from '../../../common/kafka/admin/delete-records.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { startFront } from '../../support/front.ts';
import { REFUSALS, REFUSALS_OF_ALL, pathOf, send, upload } from '../../support/refusals.ts';
import type { Ask, Refusal } from '../../support/refusals.ts';
import { urlOf } from '../../support/role-url.ts';
import { until } from '../../support/until.ts';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

/** `POST /send 400 invalid-fields` and so on, of a description. */
function documented({ paths = {} }: OpenApiDocument): string[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).flatMap(([method, { responses }]) =>
      Object.entries(responses).flatMap(([status, answer]) => {
        if (!/^4/.test(status)) return [];
        const types = JSON.stringify(answer).match(/urn:hookline:problem:[a-z-]+/g) ?? [];
        assert.ok(types.length > 0, `${method} ${path} ${status} names no type`);
        return types.map((type) => `${method.toUpperCase()} ${path} ${status} ${codeOf(type)}`);
      }),
    ),
  );
}

const codeOf = (type: string) => type.split(':').at(-1) ?? '';

/** Checks the body of a refusal. @returns as in `documented` */
function seen(route: string, { status, headers, text }: Refusal): string {
  assert.match(String(headers['content-type']), /^application\/problem\+json/, text);
  const body = JSON.parse(text) as Record<string, unknown>;
  const code = codeOf(String(body['type']));
  assert.equal(body['type'], `urn:hookline:problem:${code}`);
  assert.equal(body['status'], status);
  assert.ok(body['title'] && body['detail'], text);
  // A request that Node refuses to read has no id.
  if (status !== 431) assert.equal(body['request_id'], headers['x-request-id']);
  if (status === 429) assert.match(String(headers['retry-after']), /^\d+$/);
  if (status === 401) assert.match(String(headers['www-authenticate']), /^Bearer/);
  if (code === 'invalid-fields') {
    const [first] = body['errors'] as { field: string; value: unknown; rule: string }[];
    assert.deepEqual(Object.keys(first ?? {}), ['field', 'value', 'rule'], text);
  }
  return `${route} ${status} ${code}`;
}

/** A console of its own port. */
async function startConsole(system: DeliverySystem, env: Record<string, string>): Promise<string> {
  return urlOf(system.start('console', { CONSOLE_PORT: '0', ...env }));
}

test('every documented 4xx is answered with its body', { timeout: 180_000 }, async (t) => {
  const system = await aDeliverySystem(t, {
    ...{ PARTITIONS: '3', API_KEYS: 'key', MAX_MESSAGE_BYTES: '1000', MAX_FILE_BYTES: '2000' },
    ...{ USER_RATE_LIMIT: '5', ALLOW_TARGETS: '127.0.0.0/8', SOURCE_TOPICS: 'of-settings' },
  });
  const { url } = await startFront(system);
  const description = await send(`${url}/openapi.json`, 'GET', {});
  const missing = new Set(documented(JSON.parse(description.text) as OpenApiDocument));
  const check = (t: TestContext, name: string, ask: () => Promise<Refusal>) => {
    const route = name.split(' ').slice(0, 2).join(' ');
    return t.test(name, async () => {
      const found = seen(route, await ask());
      assert.match(found, new RegExp(` ${name.split(' ').at(-1)}$`));
      assert.ok(missing.delete(found), `${found} is not documented, or has two cases`);
    });
  };

  const subscribe = async (more: object) => {
    const body = JSON.stringify({ target_url: system.receiver.url, ...more });
    const { text } = await send(`${url}/subscriptions`, 'POST', { body });
    return (JSON.parse(text) as { id: string }).id;
  };
  const ids = {
    id: await subscribe({}),
    disabled: await subscribe({ enabled: false }),
    typed: await subscribe({ event_types: ['a.b'] }),
  };
  const ask = async (route: string, one: Ask) => {
    const [method = '', path = ''] = route.split(' ');
    for (const before of one.before ?? []) await ask(route, before);
    return send(url + pathOf(path, one, ids), method, one);
  };
  for (const [route, cases] of Object.entries(REFUSALS)) {
    for (const [code, one] of Object.entries(cases)) {
      await check(t, `${route} ${code}`, () => ask(route, one));
    }
  }
  for (const [code, one] of Object.entries(REFUSALS_OF_ALL)) {
    const routes = [...missing].filter((name) => name.endsWith(` ${code}`));
    assert.ok(routes.length > 10, `${code}: ${routes.join()}`);
    for (const name of routes) {
      const route = name.split(' ').slice(0, 2).join(' ');
      await check(t, `${route} ${code}`, () => ask(route, one));
    }
  }
  const searches = {
    'GET /deliveries': '?status=queued',
    'GET /deliveries/{id}': '/none',
    'GET /deliveries/{id}/body': '/none/body',
    'POST /deliveries/{id}/resend': '/none/resend',
  };
  for (const [route, end] of Object.entries(searches)) {
    const [method = ''] = route.split(' ');
    const name = `${route} too-many-requests`;
    await check(t, name, () => refusalOfMany(`${url}/deliveries${end}`, method));
  }
  const deleted = await subscribe({});
  const { text } = await send(`${url}/ingest/${deleted}`, 'POST', { body: '{}' });
  const orphan = (JSON.parse(text) as { id: string }).id;
  await send(`${url}/subscriptions/${deleted}`, 'DELETE', {});
  const resent = () => send(`${url}/deliveries/${orphan}/resend`, 'POST', {});
  await check(t, 'POST /deliveries/{id}/resend conflict', resent);
  await t.test('while too much waits', (t) => whileFull(t, system, check));
  for (const one of [...RACES, ...OF_UNREADABLE_BODIES]) assert.ok(missing.delete(one), one);
  assert.deepEqual([...missing], [], 'documented, and no request here is answered so');
});

/**
 * They are over in a moment: no other process can be made to take over, nor do reads of a small
 * database or searches of a small log pile up or meet their limit; for these see
 * log-store.test.ts, unfinished.test.ts and is-left.test.ts.
 */
const RACES = [
  ...['POST /dead-letters/discard', 'POST /deliveries/{id}/resend'].map(
    (route) => `${route} 409 redrive-fenced`,
  ),
  ...[
    ...['GET /series', 'GET /subscriptions/{id}/logs', 'GET /subscription/logs/{id}'],
    ...['GET /dead-letters', 'GET /dead-letters/groups'],
  ].map((route) => `${route} 429 too-many-requests`),
  ...['409 conflict', '429 too-many-requests'].map(
    (refusal) => `POST /files/{id}/cancel ${refusal}`,
  ),
];

/**
 * They need USER_KEYS=on somewhere, see user-keys.test.ts and user-erasures.test.ts, or a value of
 * a source that cannot be decoded, see source-schemas.test.ts.
 */
const OF_UNREADABLE_BODIES = [
  ...['GET /deliveries/{id}/body', 'POST /deliveries/{id}/resend'].flatMap((route) => [
    `${route} 409 user-keys-off`,
    `${route} 410 erased`,
  ]),
  'GET /deliveries/{id}/body 409 conflict',
];

/** More requests at once than may wait to search the log. @returns one that was refused */
async function refusalOfMany(url: string, method: string): Promise<Refusal> {
  const all = await Promise.all(Array.from({ length: 200 }, () => send(url, method, {})));
  return all.find(({ status }) => status === 429) ?? (all[0] as Refusal);
}

type Check = (t: TestContext, name: string, ask: () => Promise<Refusal>) => Promise<void>;

/** Something waits for delivery, and that is as much as may wait. */
async function whileFull(t: TestContext, system: DeliverySystem, check: Check): Promise<void> {
  const env = { MAX_LAG: '1' };
  const { url, consoleUrl } = await startFront(system, env);
  const some = JSON.stringify({ user_id: 'u', data: 1 });
  const isFull = async () => (await send(`${url}/send`, 'POST', { body: some })).status === 429;
  await until(isFull, { everyMs: 200 });
  const full: Readonly<Record<string, Ask>> = {
    '/send': { body: some },
    '/send/batch': { body: some },
    '/events': { body: '{"type":"a","data":1}' },
    '/ingest/{subscriptionId}': { body: '{}' },
    '/upload': upload('x'),
  };
  for (const [path, one] of Object.entries(full)) {
    await check(t, `POST ${path} lag`, () => send(url + path, 'POST', one));
  }

  const body = '{"from":"earliest","rate":0.001}';
  const replay = () => send(`${consoleUrl}/replays`, 'POST', { body });
  for (let running = 0; running < 20; running += 1) assert.equal((await replay()).status, 202);
  await check(t, 'POST /replays conflict', replay);

  // Copies wait for room: a redrive goes on until the next process takes over, or there is room.
  await bury(system, [{ id: 'dead', user: 'u' }]);
  const everything = { body: '{"filter":{}}' };
  const redrive = (at: string) => send(`${at}/dead-letters/redrive`, 'POST', everything);
  const retry = (at: string) => send(`${at}/retry`, 'POST', {});
  const first = retry(consoleUrl);
  await untilBusy(consoleUrl);
  await check(t, 'POST /retry conflict', () => retry(consoleUrl));
  await check(t, 'POST /dead-letters/redrive conflict', () => redrive(consoleUrl));
  const discarded = { body: '{"filter":{},"reason":"of no use"}' };
  await check(t, 'POST /dead-letters/discard conflict', () =>
    send(`${consoleUrl}/dead-letters/discard`, 'POST', discarded),
  );
  const [otherUrl, lastUrl] = [await startConsole(system, env), await startConsole(system, env)];
  const second = redrive(otherUrl);
  await untilBegun(system, 2);
  const third = retry(lastUrl);
  await untilBegun(system, 3);
  system.start('consumer');
  const reset = { body: '{"to":"earliest"}' };
  const resetNow = () => send(`${consoleUrl}/offsets/reset`, 'POST', reset);
  await until(async () => (await system.shares()).length > 0);
  await check(t, 'POST /offsets/reset consumers-running', resetNow);
  await check(t, 'POST /retry redrive-fenced', () => first);
  await check(t, 'POST /dead-letters/redrive redrive-fenced', () => second);
  assert.equal((await third).status, 202);

  const delivery = `${consoleUrl}/deliveries/dead`;
  await until(async () => (await send(delivery, 'GET', {})).text.includes('"delivered"'));
  await emptyLanes(system);
  await check(t, 'GET /deliveries/{id}/body gone', () => send(`${delivery}/body`, 'GET', {}));
  await check(t, 'POST /deliveries/{id}/resend gone', () => send(`${delivery}/resend`, 'POST', {}));
}

/** Deletes all that waits or has been delivered, as retention does. */
async function emptyLanes({ kafka, names, config }: DeliverySystem): Promise<void> {
  const all = new Map(Array.from({ length: config.PARTITIONS }, (_, n) => [n, -1]));
  for (const topic of [names.deliveries, names.bulkDeliveries]) {
    await deleteRecords(kafka, topic, all);
  }
}

/** A redrive of this console is under way: it refuses another. */
async function untilBusy(at: string): Promise<void> {
  await until(async () => (await send(`${at}/retry`, 'POST', {})).status === 409);
}

/** Each redrive notes its beginning in the log, and so takes over from the one before. */
async function untilBegun({ records, names }: DeliverySystem, redrives: number): Promise<void> {
  await until(async () => (await records(names.redriveProgress)).length >= redrives);
}
