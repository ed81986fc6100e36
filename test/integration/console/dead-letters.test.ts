// Goal: people see what was given up, and put back what they mean; what is put back by itself goes
// once, only to endpoints that take it, and not for ever.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { accept } from '../../support/accept.ts';
import { bury } from '../../support/bury.ts';
import { startConsole } from '../../support/console.ts';
import type { TestConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { until } from '../../support/until.ts';

const aSystem = (t: TestContext) =>
  aDeliverySystem(t, { PARTITIONS: '3', RETRY_MAX_ATTEMPTS: '1' });

const many = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `d-${n}`, user: `user-${n % 10}` }));

/** Every id that was put back, with the number of the time. */
async function putBack({ records, names }: DeliverySystem): Promise<string[]> {
  const all = await records(names.bulkDeliveries);
  const copies = all.filter(({ headers }) => 'wh-redrives' in headers);
  return copies.map(({ headers }) => `${headers['webhook-id']} ${headers['wh-redrives']}`).sort();
}

const logged = ({ role }: TestConsole, event: string) =>
  role.output().split(`"${event}"`).length - 1;

describe('dead letters', { concurrency: 3 }, () => {
  test('are listed by filter, in pages, until they are put back', async (t) => {
    const system = await aSystem(t);
    await bury(system, many(50));
    await bury(system, [
      { id: 'teapot', user: 'user-1', headers: { 'wh-last-status': '418' } },
      { id: 'mine', user: 'user-2', headers: { 'wh-subscription': 'sub-1', 'wh-redrives': '2' } },
      { id: '', user: 'user-3', headers: { 'wh-attempt': '0', 'wh-last-status': '' } },
    ]);
    const api = await startConsole(system);
    const list = async (query: string) => (await api.ask('GET', `/dead-letters?${query}`)).json;
    const ids = async (query: string) =>
      (await list(query)).dead_letters.map(({ id }: { id: string }) => id);

    const [mine] = (await list('subscription=sub-1')).dead_letters;
    const { died_at, offset, partition, ...shown } = mine;
    assert.deepEqual(shown, {
      ...{ id: 'mine', user: 'user-2', subscription: 'sub-1', event_type: null },
      ...{ status: 500, error: 'HTTP 500: no', attempts: 5, redrives: 2 },
    });
    assert.ok(Math.abs(Date.parse(died_at) - Date.now()) < 60_000);
    assert.ok(Number.isInteger(offset) && Number.isInteger(partition));
    assert.deepEqual(await ids('status=418'), ['teapot']);
    assert.deepEqual(await ids('id=d-7'), ['d-7']);
    assert.equal((await ids('user=user-3')).length, 6);
    assert.deepEqual(await ids('user=user-3&status=418'), []);
    assert.equal((await ids('since=1h')).length, 53);
    assert.deepEqual(await ids(`since=${new Date(Date.now() + 60_000).toISOString()}`), []);

    const pages: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await list(`limit=20${cursor ? `&cursor=${cursor}` : ''}`);
      pages.push(page.dead_letters.map((one: { id: string | null }) => one.id ?? 'nameless'));
      cursor = page.next_cursor;
    }
    assert.deepEqual(
      pages.map(({ length }) => length),
      [20, 20, 13],
    );
    assert.equal(new Set(pages.flat()).size, 53);
    assert.ok(pages[0]?.includes('nameless'), 'newest first');

    const body = { filter: { user: 'user-3' }, ids: ['d-3', 'd-13', 'd-4'] };
    const dry = await api.ask('POST', '/dead-letters/redrive', { ...body, dry_run: true });
    const failures = [{ subscription: null, status: '500', count: 2 }];
    assert.deepEqual([dry.status, dry.json], [200, { matched: 2, skipped: {}, failures }]);
    assert.deepEqual(await putBack(system), []);
    const done = await api.ask('POST', '/dead-letters/redrive', body);
    const expected = { matched: 2, redriven: 2, skipped: {}, state: 'done' };
    assert.deepEqual([done.status, done.json], [202, expected]);
    assert.deepEqual(await putBack(system), ['d-13 1', 'd-3 1']);
    await until(async () => (await ids('user=user-3')).length === 4);

    const groups = async () => (await api.ask('GET', '/dead-letters/groups')).json.groups;
    const counts = (await groups()).map((group: { count: number }) => group.count);
    assert.deepEqual(counts, [48, 1, 1, 1], 'what was put back counts no more');
    const ofTeapot = (await groups()).find((group: { status: number }) => group.status === 418);
    assert.deepEqual([ofTeapot.subscription, ofTeapot.count], [null, 1]);
    assert.equal((await ids('subscription=default')).length, 50);
    assert.equal((await ids('subscription=sub-1&error=http 500')).length, 1);
    assert.deepEqual(await ids('error=timeout'), []);
    const discard = (given: object) => api.ask('POST', '/dead-letters/discard', given);
    const teapot = { filter: { status: 418 } };
    assert.equal((await discard({ ...teapot, dry_run: true })).json.matched, 1);
    assert.match((await discard(teapot)).json.detail, /^reason: 1 to 400 characters/);
    const discarded = await discard({ ...teapot, reason: 'short and stout' });
    assert.deepEqual(
      [discarded.status, discarded.json],
      [202, { matched: 1, discarded: 1, reason: 'short and stout' }],
    );
    await until(async () => (await ids('id=teapot')).length === 0);
    assert.equal((await groups()).length, 3);
    const left = async () => (await api.ask('GET', '/deliveries/teapot')).json;
    await until(async () => (await left()).state === 'cancelled');
    assert.match((await left()).error, /^discarded: short and stout; it died of: /);

    const slow = await api.ask('POST', '/dead-letters/redrive', { filter: {}, rate: 100 });
    assert.deepEqual(
      { ...slow.json, skipped: '' },
      { matched: 49, redriven: 0, skipped: '', state: 'running' },
    );
    assert.equal((await api.ask('POST', '/dead-letters/redrive', { filter: {} })).status, 409);
    const another = await api.ask('POST', '/dead-letters/redrive', { filter: {}, rate: 10 });
    assert.equal(another.status, 409, 'nor is one promised that will not run');
    assert.equal((await api.ask('POST', '/retry')).status, 409);
    // The dead letter that can never be delivered stays.
    await until(async () => (await list('')).dead_letters.length === 1);
    const copies = await putBack(system);
    assert.equal(new Set(copies).size, 51);
    assert.ok(copies.includes('mine 3'));

    // A view that is made again says the same.
    const second = await startConsole(system);
    assert.equal((await second.ask('GET', '/dead-letters')).json.dead_letters.length, 1);
    for (const [query, says] of [
      ['status=99', /^status: an HTTP status/],
      ['since=soon', /^since: an ISO time/],
      ['cursor=zzz', /^cursor: next_cursor/],
      ['limit=0', /^limit: 1 to 1000/],
      ['sort=x', /^sort: no field/],
    ] as const) {
      const refused = await list(query);
      assert.equal(refused.status, 400, query);
      assert.match(refused.detail, says);
    }
    for (const [refused, says] of [
      [{}, /^filter: conditions; {} for all/],
      [{ filter: { state: 'dead' } }, /^filter\.state: no field/],
      [{ ids: [] }, /^ids: 1 to 10000/],
      [{ filter: {}, rate: 0 }, /^rate: a number above 0/],
    ] as const) {
      const { status, json } = await api.ask('POST', '/dead-letters/redrive', refused);
      assert.equal(status, 400);
      assert.match(json.detail, says);
    }
  });

  test('go back by themselves, once, though two consoles run, when the receiver is well', async (t) => {
    const system = await aSystem(t);
    system.receiver.setMode({ mode: 'error' });
    system.start('consumer');
    await accept(system, 'd', 40);
    const isDead = async () => (await system.records(system.names.deadLetters)).length === 40;
    await until(isDead, { everyMs: 200 });
    system.receiver.setMode('ok');
    system.receiver.reset();
    const consoles = await Promise.all(
      [1, 2].map(() => startConsole(system, { REDRIVE_INTERVAL: '1s' })),
    );
    await until(() => system.receiver.stats().distinct === 40, {
      describe: () => consoles.map(({ role }) => role.output()),
    });
    assert.equal(system.receiver.stats().received, 40);
    assert.equal(new Set(await putBack(system)).size, 40);
    assert.equal((await putBack(system)).length, 40);
    const rounds = consoles.map((one) => logged(one, 'redrive.round'));
    t.diagnostic(`rounds: ${rounds.join(' and ')}`);
    assert.equal(rounds.filter((count) => count > 0).length, 1, 'one console only');
    // A few first, because the last that was known of the receiver was a failure.
    assert.equal(Math.max(...rounds), 2);

    // Killed, it is followed by the other one: not before the group has said so.
    const [owner, other] = rounds[0] === 2 ? consoles : consoles.toReversed();
    assert.ok(owner && other);
    const shares = () => other.role.output().split('replays":[').length;
    const before = shares();
    await owner.role.end('SIGKILL');
    await bury(system, [{ id: 'late', user: 'user-1' }]);
    await until(() => logged(other, 'redrive.round') > 0, { describe: other.role.output });
    assert.ok(shares() > before, 'it was not its turn');
    await until(async () => (await putBack(system)).includes('late 1'));
  });

  test('wait while the receiver answers 429', async (t) => {
    const system = await aSystem(t);
    await bury(system, many(20));
    // Some get through before, so that the rate does not fall to nothing and the test ends soon.
    system.start('consumer');
    await accept(system, 'before', 100);
    await until(() => system.receiver.stats().distinct === 100);
    system.receiver.setMode({ mode: 'error', status: 429, retryAfter: 1 });
    await accept(system, 'live', 1);
    await until(() => system.receiver.stats().received > 100);
    const api = await startConsole(system, { REDRIVE_INTERVAL: '1s' });
    await until(() => logged(api, 'redrive.held-back') >= 3);
    assert.deepEqual(await putBack(system), []);
    system.receiver.setMode('ok');
    await until(() => system.receiver.stats().distinct === 121, {
      timeoutMs: 60_000,
      describe: () => [system.receiver.stats(), api.role.output()],
    });
    assert.equal((await putBack(system)).length, 20);
  });

  test('that die again and again are left to people after three rounds', async (t) => {
    const system = await aSystem(t);
    await bury(system, [
      { id: 'new', user: 'user-1' },
      { id: 'old', user: 'user-2', headers: { 'wh-redrives': '2' } },
      { id: 'older', user: 'user-3', headers: { 'wh-redrives': '3' } },
    ]);
    system.receiver.setMode({ mode: 'error' });
    system.start('consumer');
    const api = await startConsole(system, { REDRIVE_INTERVAL: '1s' });
    const expected = ['new 1', 'new 2', 'new 3', 'old 3'];
    await until(async () => (await putBack(system)).length >= 4, {
      ...{ timeoutMs: 60_000, everyMs: 200, describe: api.role.output },
    });
    const waiting = async () => (await api.ask('GET', '/dead-letters')).json.dead_letters;
    await until(async () => (await waiting()).length === 3);
    const rounds = logged(api, 'redrive.round');
    // Three intervals more: nothing is left that would go by itself.
    const until3 = Date.now() + 3_500;
    await until(() => Date.now() > until3);
    assert.deepEqual(await putBack(system), expected);
    assert.equal(logged(api, 'redrive.round'), rounds);
    // A person may.
    system.receiver.setMode('ok');
    const { json } = await api.ask('POST', '/dead-letters/redrive', { ids: ['older'] });
    assert.equal(json.redriven, 1);
    assert.deepEqual(await putBack(system), [...expected, 'older 4']);
  });
});
