// The page in a real browser, on a status as the console gives it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import { createHttpApp, PAGE_PATHS } from '../../common/http/app.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { serveHttp } from '../../common/http/serve.ts';
import { createLogger } from '../../common/base/logger.ts';
import { addPage } from './page.ts';
import type { DeadLetter } from '../dead-letters/schemas.ts';
import type { SystemStatus } from '../status/schemas.ts';
import { CHROMIUM, openBrowser } from '../../test/support/browser.ts';
import { STATUS_FILES } from '../../test/support/status-files.ts';
import { until } from '../../test/support/until.ts';

const skip = CHROMIUM ? false : 'needs Chromium';
let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

const STATUS: SystemStatus = {
  summary: { state: 'ok', headline: 'All well', actions: [] },
  ...{ disk: null, replays: [] },
  loading: false,
  not_ready: null,
  brokers: ['127.0.0.1:9092'],
  broker_seen_at: null,
  topics: [{ topic: 'webhooks.deliveries', end: 1234, committed: 1200, lag: 34, lag_seconds: 5 }],
  inbox: '/data/inbox',
  files: {
    queued: 0,
    reading: 0,
    done: 0,
    failed: 0,
    latest: STATUS_FILES,
    left_in_inbox: [
      {
        ...{ name: 'x.csv~', code: 'other_ending', message: 'only .csv is read' },
        since: '2026-11-21T12:00:00.000Z',
      },
    ],
    left_in_inbox_count: 1,
  },
  deliveries: {
    delivered: 1200,
    waiting: 34,
    in_flight: 3,
    retrying: 5,
    dead_lettered: 6,
    dead_lettered_last_hour: 6,
    cancelled: 7,
  },
  endpoints: [
    {
      subscription: 'sub_1',
      target: 'http://127.0.0.1:8090/a',
      state: 'disabled',
      rate: 0,
      rate_limit: null,
      resting_until: null,
      in_flight: 0,
      waiting: 3,
      ...{ behind: null, oldest_waiting_seconds: null },
      last_status: 410,
      last_error: null,
      last_attempt_at: null,
      disabled_reason: 'its target answered <b>410</b>',
      failing_since: null,
    },
  ],
  consumers: [
    {
      client_id: 'consumer-1',
      host: '127.0.0.1',
      partitions: [10, 2],
      alarms: [{ kind: 'key-stuck', detail: 'user-7 since 12:00' }],
    },
  ],
};

const DEAD_LETTER: DeadLetter = {
  id: 'd-1',
  user: 'user-7',
  subscription: null,
  event_type: null,
  status: 500,
  error: 'HTTP 500: <i>out of order</i>',
  attempts: 5,
  redrives: 0,
  died_at: '2026-11-21T12:00:00.000Z',
  partition: 0,
  offset: 0,
};

const ATTEMPTS = [1, 2].map((attempt) => ({
  id: 'd-1',
  user: 'user-7',
  subscription: null,
  attempt,
  state: attempt === 1 ? 'retrying' : 'dead',
  status: 500,
  error: null,
  excerpt: '<i>out of order</i>',
  at: '2026-11-21T12:00:00.000Z',
}));

const QUEUED = {
  ...{ id: 'd-2', user: 'user-7', subscription: 'sub_1', attempt: 0, status: null, error: null },
  ...{ state: 'waiting', waiting_reason: 'its subscription is disabled: <i>why</i>' },
  ...{ last_attempt_at: null, accepted_at: '2026-11-21T12:00:00.000Z' },
};

/** Opens the page and waits for its word on `health`. */
async function openPage(t: TestContext, status: object, apiKeys: readonly string[] = []) {
  const asked: string[] = [];
  const logger = createLogger('test', 'silent');
  const app = createHttpApp({ logger, apiKeys, name: 'test', openPaths: PAGE_PATHS });
  addPage(app);
  app.get('/status', (c) => c.json(status));
  app.get('/deliveries/:id', (c) => {
    if (c.req.param('id') === 'd-2') return c.json({ ...QUEUED, attempts: [] });
    if (c.req.param('id') !== 'd-1') throw new HttpProblem(404, 'no such delivery');
    return c.json({ attempts: ATTEMPTS });
  });
  app.get('/deliveries', (c) => {
    const { user, status = 'attempted' } = c.req.query();
    const all: Record<string, object[]> = { attempted: ATTEMPTS.slice(1), waiting: [QUEUED] };
    return c.json({ deliveries: user === 'user-7' ? (all[status] ?? []) : [] });
  });
  app.get('/dead-letters', (c) => c.json({ dead_letters: [DEAD_LETTER], next_cursor: null }));
  app.post('/dead-letters/redrive', async (c) => {
    asked.push(await c.req.text());
    return c.json({ redriven: 1 });
  });
  const server = await serveHttp({ app, host: '127.0.0.1', port: 0, logger });
  const page = await browser.newPage();
  t.after(async () => {
    await page.close();
    await server.close(0);
  });
  await page.goto(server.url);
  const text = async (id: string) => ((await page.locator(`#${id}`).textContent()) ?? '').trim();
  await until(async () => (await text('health')) !== '…');
  return { text, asked, page };
}

test(
  'the page shows totals, endpoints with the reason, topics, consumers with alarms',
  { skip },
  async (t) => {
    const { text } = await openPage(t, STATUS);
    assert.equal(await text('health'), 'ready');
    const totals = ['delivered', 'waiting', 'in_flight', 'retrying', 'dead_lettered', 'cancelled'];
    assert.deepEqual(await Promise.all(totals.map(text)), ['1,200', '34', '3', '5', '6', '7']);
    assert.match(await text('endpoints'), /disabledits target answered <b>410<\/b>003sub_1$/);
    assert.match(await text('files'), /cut\.csvdone: the last line had no end110000/);
    assert.match(await text('left'), /x\.csv~only \.csv is read/);
    assert.match(await text('topics'), /deliveries1,2341,200345$/);
    assert.match(
      await text('consumers'),
      /consumer-1127\.0\.0\.12, 10key-stuck: user-7 since 12:00$/,
    );
  },
);

test(
  'the page says what is wrong: an alarm, a missing key, a strange status',
  { skip },
  async (t) => {
    const unready = { ...STATUS, not_ready: 'partition 3 makes no progress' };
    const health = async (...given: [object, string[]?]) =>
      (await openPage(t, ...given)).text('health');
    assert.equal(await health(unready), 'partition 3 makes no progress');
    assert.equal(await health(STATUS, ['k']), 'this system asks for a key');
    assert.match(await health({}), /^this page failed: /);
  },
);

test(
  'a key that is not accepted is named as such, and the right one works',
  { skip },
  async (t) => {
    const { text, page } = await openPage(t, STATUS, ['right']);
    for (const [key, says] of [
      ['wrong', /^this key is not accepted/],
      ['right', /^ready$/],
    ] as const) {
      await page.locator('#key').fill(key);
      await page.locator('#key-form button').click();
      await until(async () => says.test(await text('health')));
    }
    assert.ok(await page.locator('#key-form').isHidden());
  },
);

test('a dead letter is shown with its reason, and put back by itself', { skip }, async (t) => {
  const { text, asked, page } = await openPage(t, STATUS);
  const shown = /^deliveryreason.*d-1RedriveHTTP 500: <i>out of order<\/i>5.*user-7/s;
  await until(async () => shown.test(await text('dead-letters')));
  await page.locator('#dead-letters button').first().click();
  await until(async () => (await text('redrive-answer')) === '1 put back');
  assert.deepEqual(asked, ['{"ids":["d-1"]}']);
});

test(
  'a delivery is found by its id with each attempt, or by its user, before its first too',
  { skip },
  async (t) => {
    const { text, page } = await openPage(t, STATUS);
    const find = async (asked: string) => {
      await page.locator('#search').fill(asked);
      await page.locator('#search-form button').click();
      await until(async () => (await text('search-answer')).includes(asked));
      return page.locator('#deliveries tbody').textContent();
    };
    const attempts = /^d-1deadHTTP 500: <i>out of order<\/i>2.*user-7.*d-1retryingHTTP 500/;
    assert.match((await find('d-1')) ?? '', attempts);
    const waiting = /^d-2waitingits subscription is disabled: <i>why<\/i>0.*user-7sub_1$/;
    assert.match((await find('d-2')) ?? '', waiting);
    assert.equal(await text('search-answer'), 'd-2 was not attempted yet');
    assert.match((await find('user-7')) ?? '', /^d-2waiting.*d-1dead/);
    assert.equal(await text('search-answer'), 'the deliveries to user-7');
    assert.equal(await find('user-8'), '');
  },
);
