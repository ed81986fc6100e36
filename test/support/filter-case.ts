import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { startApi } from './api.ts';
import type { TestConsole } from './console.ts';
import type { DeliverySystem } from './delivery.ts';
import { urlOf } from './role-url.ts';
import { aTarget } from './target.ts';
import { until } from './until.ts';

const EVENTS = 40;
const REGIONS = ['eu', 'us', 'asia'];
/** The first one is the largest whole number that a double tells from its neighbour. */
const AMOUNTS = ['9007199254740992', '9007199254740993', '9007199254740993.0', '-1'];

const FILTERS = {
  eu: '{"body":{"region":["eu"]}}',
  big: '{"body":{"amount":[9007199254740993]}}',
  vip: '{"user":[{"prefix":"vip-"}],"body":{"region":[{"anything-but":"us"}]}}',
};
type Name = keyof typeof FILTERS;

/** Who must get event n, said without our own matching. */
const WANTED: Readonly<Record<Name, (n: number) => boolean>> = {
  eu: (n) => n % 3 === 0,
  big: (n) => n % 4 === 1 || n % 4 === 2,
  vip: (n) => n % 5 === 0 && n % 3 !== 1,
};
const eventsFor = (name: Name) =>
  Array.from({ length: EVENTS }, (_, n) => n).filter((n) => WANTED[name](n));

/** Three subscriptions with a filter each: `eu` fails at first, `big` until it is redriven. */
export async function getsItsMatches(
  t: TestContext,
  system: DeliverySystem,
  { ask, role }: TestConsole,
): Promise<void> {
  const failedOnce = new Set<unknown>();
  let isBigWell = false;
  const { url, received } = await aTarget(t, ({ path, headers }, response) => {
    const id = headers['webhook-id'];
    const isFirst = path === '/eu' && !failedOnce.has(id);
    if (isFirst) failedOnce.add(id);
    response.statusCode = isFirst || (path === '/big' && !isBigWell) ? 500 : 200;
    response.end();
  });
  const { post } = await startApi(system);
  const consoleUrl = await urlOf(role);
  const request = (method: string, path: string, body: string) =>
    fetch(consoleUrl + path, { method, body }).then((answer) => answer.json()) as Promise<{
      id: string;
      matches: boolean;
      failed: object[];
    }>;
  const ids = {} as Record<Name, string>;
  for (const [name, filter] of Object.entries(FILTERS)) {
    const waits = name === 'eu' ? '[200]' : '[]';
    const fields = `"target_url":"${url}/${name}","filter":${filter},"retry_schedule_ms":${waits}`;
    ids[name as Name] = (await request('POST', '/subscriptions', `{${fields}}`)).id;
  }
  const stored = await fetch(`${consoleUrl}/subscriptions/${ids.big}`).then((one) => one.text());
  assert.ok(stored.includes(`"filter":${FILTERS.big}`), stored);

  const publish = async (n: number, region = REGIONS[n % 3]) => {
    const user = n % 5 === 0 ? `vip-${n}` : `user-${n}`;
    const data = `{"n":${n},"region":"${region}","amount":${AMOUNTS[n % 4]}}`;
    const { status } = await post('/events', `{"type":"a","user_id":"${user}","data":${data}}`);
    assert.equal(status, 202);
  };
  for (let n = 0; n < EVENTS; n += 1) await publish(n);
  const got = (name: Name) =>
    received
      .filter(({ path }) => path === `/${name}`)
      .map(({ body }) => (JSON.parse(body) as { n: number }).n)
      .sort((a, b) => a - b);
  const times = (name: Name, count: number) =>
    eventsFor(name).flatMap((n) => Array<number>(count).fill(n));
  const settled = async (name: Name, count: number) => {
    const all = times(name, count);
    await until(() => got(name).length >= all.length, { describe: () => got(name).join() });
    assert.deepEqual(got(name), all, name);
  };
  await settled('eu', 2);
  await settled('big', 1);
  await settled('vip', 1);

  // Events that were left out are counted, and explained for a sample.
  const leftOut = async (name: Name) =>
    (await ask('GET', `/subscriptions/${ids[name]}`)).json.filtered_out as number;
  for (const name of ['eu', 'big', 'vip'] as const) {
    const count = EVENTS - eventsFor(name).length;
    await until(async () => (await leftOut(name)) === count, { everyMs: 100 });
  }
  const sample = '{"body":{"amount":9007199254740992},"user_id":"vip-1"}';
  assert.deepEqual(await request('POST', `/subscriptions/${ids.big}/filter/test`, sample), {
    matches: false,
    failed: [{ field: 'body.amount', rule: '[9007199254740993]', found: '9007199254740992' }],
  });

  const { matches, failed } = await request('POST', `/subscriptions/${ids.vip}/filter/test`, '{}');
  assert.deepEqual([matches, failed.length], [false, 2], 'of no user, and no JSON');

  // A replay from the start and a redrive bring each match once more, and nothing else.
  isBigWell = true;
  const replay = { from: 'earliest', subscription: ids.vip };
  assert.equal((await ask('POST', '/replays', replay)).status, 202);
  const redrive = { filter: { subscription: ids.big } };
  await until(async () => {
    const { json } = await ask('POST', '/dead-letters/redrive', { ...redrive, dry_run: true });
    return json.matched === eventsFor('big').length;
  });
  await ask('POST', '/dead-letters/redrive', redrive);
  await settled('vip', 2);
  await settled('big', 2);

  // A filter that is changed counts for what comes, and a bad one is refused with its field.
  const refused = await ask('PATCH', `/subscriptions/${ids.eu}`, {
    filter: { body: { region: [{ wildcard: '*' }] } },
  });
  assert.equal(refused.status, 400);
  assert.equal(refused.json.errors[0].field, 'filter.body.region.0.wildcard');
  await request('PATCH', `/subscriptions/${ids.eu}`, '{"filter":{"body":{"region":["mars"]}}}');
  await publish(EVENTS, 'eu');
  await publish(EVENTS + 3, 'mars');
  await until(() => got('eu').includes(EVENTS + 3));
  for (const name of ['eu', 'big', 'vip'] as const)
    await ask('DELETE', `/subscriptions/${ids[name]}`);
  assert.ok(!got('eu').includes(EVENTS), 'it does not match any more');
}
