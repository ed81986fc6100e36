// Goal: from its acceptance on a delivery can be looked up: while nobody has taken it up, while its
// endpoint takes nothing, while it is being sent, and after that.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ulid } from 'ulid';
import { fileRowId } from '../../../common/model/delivery.ts';
import type { LogRecord } from '../../../common/kafka/log-record.ts';
import { openCursorStore } from '../../../common/kafka/consume/cursor-store.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { applyReset, planReset } from '../../../common/kafka/admin/reset-offsets.ts';
import { withAdmin } from '../../../common/kafka/admin/topic-admin.ts';
import { createLogger } from '../../../common/base/logger.ts';
import type { Unfinished } from '../../../console/unfinished/unfinished-deliveries.ts';
import { accept } from '../../support/accept.ts';
import { startApi } from '../../support/api.ts';
import type { TestApi } from '../../support/api.ts';
import { startConsole } from '../../support/console.ts';
import type { TestConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { pagesOf, searchInProcess } from '../../support/unfinished.ts';
import { until } from '../../support/until.ts';

const logger = createLogger('test', 'silent');
// Attempts enough that what a receiver holds is not dead-lettered while a slow machine looks at it.
const RETRY_SCHEDULE = new Array(20).fill('100ms').join(',');
const ENV = {
  ...{ PARTITIONS: '3', RETRY_SCHEDULE, DELIVERY_TIMEOUT_MS: '2000', SETTLE_MS: '100' },
  ...{ ALLOW_TARGETS: '127.0.0.0/8', CONCURRENCY: '200' },
};
const ROWS = 40_000;
const CSV = 'user_id,alert_message\nuser-8,one\nuser-9,two\n';
const BUSY = { mode: 'error', status: 429, retryAfter: 3_600 } as const;

interface Listed {
  readonly id: string;
  readonly status: number | null;
  readonly waiting_reason: string | null;
}

/** Lists all pages of a state. */
async function list({ ask }: TestConsole, query: string, limit = 100): Promise<Listed[]> {
  const all: Listed[] = [];
  for (let cursor = ''; ;) {
    const { status, json, text } = await ask('GET', `/deliveries?${query}&limit=${limit}${cursor}`);
    assert.equal(status, 200, text);
    all.push(...json.deliveries);
    if (json.next_cursor === null) return all;
    assert.equal(json.deliveries.length, limit);
    cursor = `&cursor=${json.next_cursor}`;
  }
}

const idsOf = (deliveries: readonly { id: string }[]) => deliveries.map(({ id }) => id).sort();

/** Accepts deliveries by every route. @returns the ids of those to WEBHOOK_URL, and the others */
async function acceptByEveryRoute(system: DeliverySystem, api: TestApi, subscription: string) {
  const sent = await api.post('/send', { user_id: 'user-1', data: { n: 1 } });
  const key = { 'idempotency-key': 'once' };
  const keyed = await api.post('/send', { user_id: 'user-2', data: { n: 2 } }, key);
  const lines = [
    { id: 'line-1', user_id: 'user-3', data: 3 },
    { user_id: 'user-1', data: 4 },
  ];
  const batch = await api.post('/send/batch', lines.map((line) => JSON.stringify(line)).join('\n'));
  const batched = batch.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).id as string);
  const event = await api.post('/events', { type: 'order.paid', user_id: 'user-4', data: 5 });
  const path = `/ingest/${subscription}`;
  const ingested = await api.post(path, 'text', { 'event-type': 'order.new' });
  for (const answer of [sent, keyed, event, ingested])
    assert.equal(answer.status, 202, answer.text);
  const publisher = createPublisher({ kafka: system.kafka, logger });
  const foreign = { topic: system.names.deliveries, partition: 2, key: null, headers: {} };
  await publisher.publish({ ...foreign, value: 'from another program' }, 10_000);
  await publisher.close();
  const records = await system.records(system.names.deliveries);
  const other = records.find(({ value }) => String(value) === 'from another program');
  const foreignId = `${system.names.deliveries}-2-${other?.offset}`;
  return {
    direct: [sent.json.id, keyed.json.id, ...batched, foreignId] as string[],
    subscribed: [`${event.json.id}-${subscription}`, ingested.json.id] as string[],
  };
}

/** Drops a file and waits until its rows are in the log. @returns their ids */
async function acceptFile({ config }: DeliverySystem, { ask }: TestConsole): Promise<string[]> {
  await writeFile(join(config.DATA_DIR, 'inbox', 'two.csv'), CSV);
  const newest = async () => (await ask('GET', '/files')).json.files[0];
  await until(async () => (await newest())?.state === 'done');
  const { id } = await newest();
  return [fileRowId(id, 1), fileRowId(id, 2)];
}

test('a delivery is found as queued by each route, then where it stands, until it is delivered', async (t) => {
  const system = await aDeliverySystem(t, ENV, { mode: BUSY });
  const { receiver, names } = system;
  const [api, console] = await Promise.all([startApi(system), startConsole(system)]);
  const get = async (id: string) => (await console.ask('GET', `/deliveries/${id}`)).json;
  const target = { target_url: `${receiver.url}/hook`, event_types: ['order.*'] };
  const { id: subscription } = (await console.ask('POST', '/subscriptions', target)).json;
  const { direct, subscribed } = await acceptByEveryRoute(system, api, subscription);
  const rows = await acceptFile(system, console);
  const toDefault = [...direct, ...rows];
  const all = [...toDefault, ...subscribed];

  const log = (await Promise.all(names.lanes.map((lane) => system.records(lane)))).flat();
  for (const id of all) {
    const found = await get(id);
    assert.equal(found.state, 'queued', JSON.stringify({ id, found }));
    const { topic, partition, offset, attempt, attempts, waiting_reason } = found;
    const lane = rows.includes(id) ? names.bulkDeliveries : names.deliveries;
    assert.deepEqual([topic, attempt, attempts, waiting_reason], [lane, 0, [], null]);
    const isIt = (one: LogRecord) =>
      one.topic === topic && one.partition === partition && one.offset === offset;
    const record = log.find(isIt);
    // The record of an event has the id of the event.
    assert.ok(id.startsWith(record?.headers['webhook-id'] ?? id), id);
    assert.equal(Date.parse(found.accepted_at), record?.timestampMs);
    assert.equal(found.subscription, subscribed.includes(id) ? subscription : null);
  }
  assert.deepEqual(
    [await get(subscribed[0] as string), await get(rows[1] as string)].map((one) => {
      return [one.event_type, one.user, one.row, rows[1]?.startsWith(one.file)];
    }),
    [
      ['order.paid', 'user-4', null, false],
      [null, 'user-9', 2, true],
    ],
  );

  // The list has exactly these, whatever the size of its pages.
  assert.deepEqual(idsOf(await list(console, 'status=queued', 3)), all.toSorted());
  assert.deepEqual(idsOf(await list(console, 'status=queued', 1)), all.toSorted());
  const ofUser = idsOf(await list(console, 'status=queued&user=user-1'));
  assert.deepEqual(ofUser, [direct[0], direct[3]].toSorted());
  const ofSubscription = `status=queued&subscription=${subscription}`;
  assert.deepEqual(idsOf(await list(console, ofSubscription)), subscribed.toSorted());
  assert.deepEqual(idsOf(await list(console, `id=${direct[0]}`)), [direct[0]]);
  const later = new Date(Date.now() + 60_000).toISOString();
  assert.deepEqual(await list(console, `status=queued&since=${later}`), []);
  assert.equal((await list(console, `status=queued&until=${later}`)).length, all.length);

  // Never accepted: it is told from what waits.
  for (const id of [ulid(), fileRowId(ulid(), 1), `${names.deliveries}-0-999`, 'idem-none']) {
    const { status, json } = await console.ask('GET', `/deliveries/${id}`);
    assert.equal(status, 404);
    assert.match(
      json.detail,
      /No attempt of a delivery .* is in the log, and it is not unfinished/,
    );
  }
  assert.deepEqual(await list(console, `id=${ulid()}`), []);
  const path = '/deliveries?status=delivered&cursor=q0-0-0-';
  assert.equal((await console.ask('GET', path)).status, 400);

  // One endpoint is disabled, the other asks for a pause.
  await console.ask('POST', `/subscriptions/${subscription}/disable`);
  await until(async () => (await get(subscribed[0] as string)).state === 'waiting');
  assert.match(
    (await get(subscribed[0] as string)).waiting_reason,
    /^its subscription is disabled/,
  );
  assert.deepEqual(idsOf(await list(console, 'status=waiting', 1)), subscribed.toSorted());
  assert.deepEqual(idsOf(await list(console, 'status=queued')), toDefault.toSorted());
  system.start('consumer');
  await until(async () => (await list(console, 'status=waiting')).length === all.length);
  // The log has the answer a moment before its consumer reports the pause.
  let throttled: Listed | undefined;
  const isSaid = async () => {
    throttled = (await list(console, 'status=waiting')).find(({ status }) => status === 429);
    return /asked for a pause/.test(String(throttled?.waiting_reason));
  };
  await until(isSaid, { describe: () => throttled });
  const shown = await get(String(throttled?.id));
  assert.deepEqual([shown.state, shown.status, shown.attempt], ['waiting', 429, 1]);
  assert.ok(shown.attempts.length > 0);

  // Its pause is ended, and the receiver does not answer.
  receiver.setMode('hang');
  await console.ask('POST', '/subscriptions/default/enable');
  const [first = ''] = direct;
  await until(async () => (await get(first)).state === 'in_flight');
  assert.ok(idsOf(await list(console, 'status=in_flight')).includes(first));
  assert.ok(!idsOf(await list(console, 'status=waiting')).includes(first));
  receiver.setMode('ok');
  let states: unknown;
  const areDelivered = async () => {
    states = await Promise.all(toDefault.map(async (id) => (await get(id)).state));
    return (await list(console, 'status=delivered')).length === toDefault.length;
  };
  await until(areDelivered, { describe: () => states });
  for (const id of toDefault) assert.equal((await get(id)).state, 'delivered');
  assert.deepEqual(idsOf(await list(console, 'status=waiting')), subscribed.toSorted());
  assert.deepEqual(await list(console, 'status=queued'), []);
  await console.ask('POST', `/subscriptions/${subscription}/enable`);
  await until(async () => (await list(console, 'status=delivered')).length === all.length);
});

test('what one request reads is bounded, it says so, and the next page goes on', async (t) => {
  const system = await aDeliverySystem(t);
  await system.produce(ROWS, 100);
  const log = await system.records(system.names.bulkDeliveries);
  const unfinished = await searchInProcess(t, system, { bytes: 1_000_000, ms: 60_000 });

  const missing = await unfinished.find('other', undefined);
  assert.deepEqual([missing.unfinished, missing.extent], [null, 'part']);
  assert.ok(missing.records > 1_000 && missing.records < ROWS / 2, `${missing.records} read`);

  // A user of whom there is nothing: pages without deliveries, until all was read.
  const empty = await pagesOf(unfinished, { filter: { user: 'nobody' }, limit: 10 });
  assert.ok(empty.length > 2, `${empty.length} pages`);
  assert.ok(empty.every(({ deliveries }) => deliveries.length === 0));
  assert.ok(empty.slice(0, -1).every(({ isLimitMet }) => isLimitMet));
  assert.equal(empty.at(-1)?.isLimitMet, false);

  const pages = await pagesOf(unfinished, { filter: {}, limit: 700 });
  const seen = pages.flatMap(({ deliveries }) => deliveries);
  assert.deepEqual(seen.toSorted(), log.map(({ headers }) => headers['webhook-id']).toSorted());

  // Where the rows of the file are known to be, one is found without reading what lies before.
  const [file = ''] = (log[0]?.headers['webhook-id'] ?? '').split('-');
  const startedAt = new Date(Math.min(...log.map(({ timestampMs }) => timestampMs))).toISOString();
  const known = { id: file, startedAt, rows: ROWS };
  // Accepted by nobody: the place where an id with its time lies has been read to its end.
  const never = await unfinished.find(ulid(), undefined);
  assert.deepEqual([never.unfinished, never.extent], [null, 'likely']);
  const half = { bytes: 5_000_000, ms: 60_000 };
  const withFile = await searchInProcess(t, system, half, known);
  for (const row of [1, 9_999, 19_998, ROWS]) {
    const { unfinished: found, records } = await withFile.find(fileRowId(file, row), undefined);
    assert.equal(found?.delivery.key, `user-${row % 100}`);
    assert.ok(records < ROWS / 2, `${records} read for row ${row}`);
  }

  // An id that leads nowhere is sought among the newest first.
  await accept(system, 'filler', 12_000);
  await accept(system, 'late', 1);
  const small = await searchInProcess(t, system, { bytes: 1_300_000, ms: 60_000 });
  assert.equal((await small.find('late-0', undefined)).unfinished?.delivery.key, 'user-0');
  assert.equal((await small.find('late-1', undefined)).extent, 'part');
});

test('what an endpoint that is behind has left waits, wherever the others are', async (t) => {
  const system = await aDeliverySystem(t);
  const { kafka, names } = system;
  await system.produce(1_000, 100);
  const topic = names.bulkDeliveries;
  // Read to the end: a transaction that was committed is open for a moment longer.
  const all = await system.records(topic);
  await withAdmin(kafka, async (admin) => {
    const group = { groupId: names.deliveryGroup, topic };
    await applyReset(
      admin,
      group,
      await planReset(admin, { ...group, target: { kind: 'latest' } }),
    );
  });
  const store = await openCursorStore({ kafka, groupPrefix: names.cursorGroupPrefix, logger });
  t.after(() => store.close());
  const cursor = { endpoint: 'default', topic, partition: 2, offset: 5, metadata: '' };
  await store.commit([cursor]);

  const unfinished = await searchInProcess(
    t,
    system,
    { bytes: 10_000_000, ms: 60_000 },
    undefined,
    store,
  );
  const show = (all: readonly Unfinished[]) => Promise.resolve(all);
  const filter = { endpoint: 'default' };
  const page = await unfinished.page({ filter, from: null, limit: 1_000 }, show);
  const records = all.filter(({ partition }) => partition === 2);
  const left = records.filter(({ offset }) => offset >= 5);
  assert.deepEqual(
    page.deliveries.map(({ delivery }) => delivery.record.offset),
    left.map(({ offset }) => offset),
  );
  for (const { status } of page.deliveries) {
    assert.deepEqual(status, {
      ...{ state: 'waiting', reason: 'its endpoint is behind, at offset 5' },
    });
  }
  const idOf = (record: LogRecord | undefined) => record?.headers['webhook-id'] ?? '';
  const found = await unfinished.find(idOf(left.at(-1)), undefined);
  assert.equal(found.unfinished?.status.state, 'waiting');
  const finished = await unfinished.find(idOf(records[0]), undefined);
  assert.deepEqual([finished.unfinished, finished.extent], [null, 'all']);
  const others = await unfinished.page(
    { filter: { endpoint: 'sub_1' }, from: null, limit: 1 },
    show,
  );
  assert.deepEqual(others, { deliveries: [], next: null, isLimitMet: false });
});
