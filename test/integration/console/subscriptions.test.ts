// Goal: subscriptions by HTTP: what is written can be read, by every console; secrets stay hidden.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openSecrets, sealingKey } from '../../../common/security/secrets.ts';
import { parseSubscription } from '../../../common/model/subscription.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { until } from '../../support/until.ts';

const SECRET_KEY = 'sixteen characters or more';
const TARGET = 'https://example.com/hook';
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

async function newest({ records, names }: DeliverySystem, id: string) {
  const found = (await records(names.subscriptions)).filter(({ key }) => key === id);
  return parseSubscription(String(found.at(-1)?.value));
}

describe('subscriptions by HTTP', { concurrency: 2 }, () => {
  test('created, read, changed, rotated, tested, deleted', async (t) => {
    const system = await aDeliverySystem(t, { PARTITIONS: '3', SECRET_KEY });
    const { ask, role } = await startConsole(system);
    const made = await ask('POST', '/subscriptions', {
      ...{ target_url: TARGET, event_types: ['order.*', 'user.made'], secret: SECRET },
      ...{ headers: { 'X-Token': 'hunter2' }, signatures: ['v1a'], rate_limit: 0.5 },
    });
    assert.equal(made.status, 201);
    const { secret, ...shown } = made.json;
    assert.equal(secret, SECRET);
    const { id, created_at, updated_at, public_keys, ...rest } = shown;
    assert.match(id, /^sub_[0-9A-Z]{26}$/);
    assert.equal(created_at, updated_at);
    assert.match(public_keys[0], /^whpk_/);
    assert.deepEqual(rest, {
      ...{ target_url: TARGET, event_types: ['order.*', 'user.made'], rate_limit: 0.5 },
      ...{ timeout_ms: null, retry_schedule_ms: null, concurrency: null },
      ...{ oauth2: null, format: 'standard', filter: null, filtered_out: 0 },
      ...{ ordering: null, headers: { 'x-token': '(hidden)' }, description: '', enabled: true },
      ...{
        paused: false,
        disabled_reason: null,
        failing_since: null,
        unusable_reason: null,
        target_forbidden: null,
        resting_until: null,
        resting_reason: null,
        signatures: ['v1', 'v1a'],
        previous_secret_valid_until: null,
      },
    });
    const path = `/subscriptions/${id}`;
    assert.deepEqual((await ask('GET', path)).json, shown);

    const off = (await ask('PATCH', path, { enabled: false, event_type: 'a.b' })).json;
    const { enabled, disabled_reason, event_types } = off;
    assert.deepEqual([enabled, disabled_reason], [false, 'disabled by request']);
    assert.deepEqual(event_types, ['a.b']);
    const on = (await ask('POST', `${path}/enable`)).json;
    assert.deepEqual([on.enabled, on.disabled_reason], [true, null]);

    const rotated = (await ask('POST', `${path}/rotate-secret`)).json;
    assert.match(rotated.secret, /^whsec_/);
    assert.notEqual(rotated.secret, SECRET);
    assert.equal(rotated.public_keys.length, 2);
    const validMs = Date.parse(rotated.previous_secret_valid_until) - Date.now();
    assert.ok(Math.abs(validMs - 86_400_000) < 60_000, `${validMs} ms`);
    const stored = await newest(system, id);
    assert.ok(stored);
    const opened = openSecrets(stored, sealingKey(SECRET_KEY), Date.now());
    assert.deepEqual(opened, [rotated.secret, SECRET]);

    const { status, text } = await ask('DELETE', path);
    assert.deepEqual([status, text], [204, '']);
    for (const [method, at] of [
      ['GET', path],
      ['DELETE', path],
      ['POST', `${path}/test`],
      ['POST', `${path}/enable`],
      ['POST', `${path}/disable`],
    ]) {
      assert.equal((await ask(method as string, at as string)).status, 404, method);
    }
    assert.equal((await ask('PATCH', path, { enabled: true })).status, 404);
    const deleted = await newest(system, id);
    assert.deepEqual([deleted?.state, deleted?.secrets, deleted?.headers], ['deleted', [], {}]);
    const everything = [
      role.output(),
      ...(await system.records(system.names.subscriptions)).map(({ value }) => String(value)),
    ].join('\n');
    for (const hidden of [SECRET.slice(6), rotated.secret.slice(6), 'hunter2', SECRET_KEY]) {
      assert.ok(!everything.includes(hidden), 'a secret lies in the topic or in the log');
    }
  });

  test('listed by pages, in the order in which they were made', async (t) => {
    const { ask } = await startConsole(await aDeliverySystem(t, { PARTITIONS: '3' }));
    assert.deepEqual((await ask('GET', '/subscriptions')).json, {
      ...{ subscriptions: [], next_cursor: null },
    });
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      ids.push((await ask('POST', '/subscriptions', { target_url: TARGET })).json.id);
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? 'limit=2' : `limit=2&cursor=${cursor}`;
      const { json } = await ask('GET', `/subscriptions?${query}`);
      seen.push(...json.subscriptions.map(({ id }: { id: string }) => id));
      cursor = json.next_cursor;
    }
    assert.deepEqual(seen, [...ids].sort());
  });

  test('two consoles that change one subscription at once lose no change', async (t) => {
    const system = await aDeliverySystem(t, { PARTITIONS: '3' });
    const [one, other] = [await startConsole(system), await startConsole(system)];
    const { id } = (await one.ask('POST', '/subscriptions', { target_url: TARGET })).json;
    const path = `/subscriptions/${id}`;
    for (let round = 1; round <= 8; round += 1) {
      const changed = await Promise.all([
        one.ask('PATCH', path, { description: `round ${round}` }),
        other.ask('PATCH', path, { rate_limit: round }),
        one.ask('PATCH', path, { event_types: [`round.r${round}`] }),
      ]);
      assert.deepEqual(
        changed.map(({ status }) => status),
        [200, 200, 200],
      );
      const stored = await newest(system, id);
      const { description, rateLimit, eventTypes } = stored ?? {};
      assert.deepEqual(
        { description, rateLimit, eventTypes },
        ...[{ description: `round ${round}`, rateLimit: round, eventTypes: [`round.r${round}`] }],
      );
    }
    const [deleted] = await Promise.all([
      one.ask('DELETE', path),
      ...Array.from({ length: 5 }, (_, n) => other.ask('PATCH', path, { rate_limit: n + 1 })),
    ]);
    assert.equal(deleted.status, 204);
    await until(async () => (await other.ask('GET', path)).status === 404);
    assert.equal((await newest(system, id))?.state, 'deleted', 'and a deleted one stays deleted');
  });

  test('what cannot be is refused, and names the field', async (t) => {
    const { ask, role } = await startConsole(await aDeliverySystem(t, { PARTITIONS: '3' }));
    const url = { target_url: TARGET };
    const refused: readonly [body: unknown, says: RegExp][] = [
      [{}, /^target_url: /],
      [{ target_url: 'ftp://a/' }, /^target_url: an http/],
      [{ target_url: 'https://user:hunter2@a/' }, /^target_url: .*without a user/],
      [{ target_url: `https://a/${'x'.repeat(2_048)}` }, /^target_url: .*2048/],
      [{ target_url: 'http://127.0.0.1/' }, /^target_url: 127\.0\.0\.1 is not public/],
      [{ target_url: 'http://0x7f.1/' }, /^target_url: 127\.0\.0\.1 is not public/],
      [{ target_url: 'http://[::ffff:10.0.0.1]/' }, /^target_url: .* is not public \(private/],
      [{ ...url, event_types: ['a b'] }, /^event_types\.0: words joined by dots/],
      [{ ...url, event_types: ['*.paid'] }, /^event_types\.0: /],
      [{ ...url, event_types: Array(51).fill('a') }, /^event_types: up to 50/],
      [{ ...url, event_types: ['a'], event_type: 'b' }, /^event_type: .*not both/],
      [{ ...url, secret: 'hunter2hunter2' }, /^secret: whsec_ and base64 of 16 to 64 bytes/],
      [{ ...url, secret: 'whsec_aHVudGVyMg==' }, /^secret: whsec_/],
      [{ ...url, rate_limit: 0 }, /^rate_limit: a number above 0/],
      [{ ...url, timeout_ms: 99 }, /^timeout_ms: a whole number from 100/],
      [{ ...url, timeout_ms: 15_001 }, /^timeout_ms: at most 15000, which is DELIVERY_TIMEOUT_MS/],
      [{ ...url, retry_schedule_ms: [0] }, /^retry_schedule_ms\.0: a whole number from 1/],
      [{ ...url, retry_schedule_ms: [1, 40_001] }, /^retry_schedule_ms: .* 40000.*RETRY_SCHEDULE/],
      [{ ...url, retry_schedule_ms: Array(20).fill(1) }, /^retry_schedule_ms: up to 19 waits/],
      [{ ...url, format: 'cloudevents' }, /^format: standard, cloudevents-binary, /],
      [{ ...url, concurrency: 0 }, /^concurrency: a whole number from 1 to 10000/],
      [{ ...url, ordering: 'user' }, /^ordering: none, key/],
      [{ ...url, headers: { 'x-a': 'b\r\nhost: c' } }, /^headers\.x-a: .*visible ASCII/],
      [{ ...url, headers: { 'x-a\r\nb': 'c' } }, /^headers\.x-a.*: a header name/s],
      [{ ...url, headers: { 'x-a': 'sealed:v1:AAAA' } }, /^headers\.x-a: /],
      [{ ...url, headers: { Host: 'c' } }, /^headers\.Host: a header name/],
      [{ ...url, headers: { 'Webhook-Id': 'c' } }, /^headers\.Webhook-Id: /],
      [{ ...url, headers: { 'content-length': '1' } }, /^headers\.content-length: /],
      [{ ...url, headers: { 'x-a': '1', 'X-A': '2' } }, /^headers: each header once/],
      [{ ...url, description: 'x'.repeat(501) }, /^description: up to 500/],
      [{ ...url, enabled: 'yes' }, /^enabled: type boolean/],
      [{ ...url, url: 'x' }, /^url: no field of this name/],
    ];
    for (const [body, says] of refused) {
      const { status, json } = await ask('POST', '/subscriptions', body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(json.detail, says);
      assert.ok(!JSON.stringify(json.errors).includes('hunter2hunter2'));
    }
    assert.equal((await ask('GET', '/subscriptions/nobody')).status, 404);
    assert.equal((await ask('GET', '/subscriptions?limit=0')).status, 400);
    assert.equal((await ask('GET', '/subscriptions?cursor=x')).status, 400);
    assert.deepEqual((await ask('GET', '/subscriptions')).json.subscriptions, []);
    assert.ok(!role.output().includes('hunter2hunter2'));
  });
});
