// The dashboard in a real browser, on answers whose every text is hostile.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { createLogger } from '../../common/base/logger.ts';
import { createHttpApp, PAGE_PATHS } from '../../common/http/app.ts';
import { serveHttp } from '../../common/http/serve.ts';
import { barriers } from '../../test/support/axe.ts';
import { CHROMIUM, openBrowser } from '../../test/support/browser.ts';
import {
  AT,
  FILE,
  FORM_FIELDS,
  HOSTILE,
  STATUS,
  TWINS,
  addHostileApi,
} from '../../test/support/dashboard-api.ts';
import { addPage } from './page.ts';

const skip = CHROMIUM ? false : 'needs Chromium';
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const VIEWS = [
  ...['', 'files', 'files/f', 'endpoints', 'endpoints/new', 'endpoints/sub_1'],
  ...['endpoints/default', 'deliveries', 'deliveries?user=x', 'deliveries/x', 'dead-letters'],
  ...['replay', 'log', 'log/w.deliveries?offset=1', 'log/w.files', 'nowhere'],
];

let browser: Browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

interface Options {
  readonly changed?: Readonly<Record<string, unknown>>;
  readonly apiKeys?: readonly string[];
  readonly viewport?: { width: number; height: number };
  readonly colorScheme?: 'light' | 'dark';
}

/** Opens the page; what its console and network complain about is collected. */
async function openPage(t: TestContext, options: Options = {}) {
  const { changed = {}, apiKeys = [], viewport = DESK, colorScheme = 'light' } = options;
  const logger = createLogger('test', 'silent');
  const openPaths = [...PAGE_PATHS, '/openapi.json'];
  const app = createHttpApp({ logger, apiKeys, name: 'test', openPaths });
  addPage(app);
  addHostileApi(app, changed);
  const server = await serveHttp({ app, host: '127.0.0.1', port: 0, logger });
  const page = await browser.newPage({ viewport, colorScheme });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { origin } = new URL(request.url());
    if (!/^(data|blob):/.test(request.url()) && origin !== new URL(server.url).origin) {
      complaints.push(`a request to ${request.url()}`);
    }
  });
  t.after(async () => {
    await page.close();
    await server.close(0);
  });
  const open = async (hash: string) => {
    await page.goto(`${server.url}/#/${hash}`);
    await settled(page);
  };
  await open('');
  return { page, complaints, open, server };
}

/** Waits until a view has everything that it loads. */
async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  await page.locator('.loading').first().waitFor({ state: 'detached' });
}

describe('the dashboard', { skip, concurrency: 2 }, () => {
  for (const [name, options] of [
    ['a desk', { viewport: DESK }],
    ['a phone at night', { viewport: PHONE, colorScheme: 'dark' as const }],
  ] as const) {
    const title = `every view on ${name} is accessible, and shows hostile text as text`;
    test(title, async (t) => {
      const { page, complaints, open } = await openPage(t, options);
      for (const view of VIEWS) {
        await open(view);
        await page.evaluate(
          `document.querySelectorAll('details').forEach((one) => one.open = true)`,
        );
        assert.deepEqual(await barriers(page), [], view);
        const state = await page.evaluate(`({
          title: document.title,
          strange: document.querySelectorAll('main img, main b b, main script').length,
          width: document.documentElement.scrollWidth,
        })`);
        const { title: shown, strange, width } = state as Record<string, number | string>;
        assert.doesNotMatch(String(shown), /^owned/, view);
        assert.equal(strange, 0, view);
        assert.ok(Number(width) <= options.viewport.width, `${view} is ${width} wide`);
        if (/^(files|endpoints\/sub_1|dead-letters|deliveries\/x)$/.test(view)) {
          assert.ok((await page.locator('main').textContent())?.includes(HOSTILE), view);
        }
      }
      assert.deepEqual(complaints, []);
    });
  }

  test('dialogs and the palette are accessible, and give the focus back', async (t) => {
    const { page, complaints, open } = await openPage(t);
    await open('dead-letters');
    const redrive = page.getByRole('button', { name: 'Redrive all…' });
    await redrive.click();
    await page.getByText('329 dead letters').waitFor();
    assert.deepEqual(await barriers(page), []);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    assert.ok(await redrive.evaluate('document.activeElement.textContent.includes("Redrive")'));

    await page.keyboard.press('/');
    await page.keyboard.type('log');
    await page.getByRole('option', { name: /^Log/ }).waitFor();
    assert.deepEqual(await barriers(page), []);
    for (let step = 0; step < 2; step += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Log', level: 1 }).waitFor();
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'H1');

    await page.keyboard.press('g');
    await page.keyboard.press('f');
    await page.getByRole('heading', { name: 'Files', level: 1 }).waitFor();
    assert.equal(await page.evaluate('document.title'), 'Files · Hookline');

    await open('deliveries');
    const user = page.getByLabel('User', { exact: true });
    await user.fill('somebody');
    await user.press('Enter');
    await page.waitForURL(/user=somebody/);
    assert.equal(await page.evaluate('document.activeElement.name'), 'user');
    assert.deepEqual(complaints, []);
  });

  test('what the API refuses of an endpoint is said at its field', async (t) => {
    const { page, open } = await openPage(t);
    await open('endpoints/sub_1');
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.locator('dialog .wrong').first().waitFor();
    const wrong = await page.locator('dialog .wrong').allTextContents();
    assert.equal(wrong.length, FORM_FIELDS.length);
    assert.ok(wrong.every((text) => text.includes(HOSTILE)));
    assert.deepEqual(await barriers(page), []);
  });

  test('the form of an endpoint says what is needed, and which values are the default', async (t) => {
    const { page, open } = await openPage(t);
    await open('endpoints/new');
    await page.getByText('Only the target URL is needed').waitFor();
    await page.getByText('Such as 500ms or 15s. Empty: 15s, the default').waitFor();
    await page.getByText('none: one attempt. Empty: 5s, 5m, the default').waitFor();
    const order = page.getByLabel('Order').getByRole('option', { name: /^Default: each user/ });
    await order.waitFor({ state: 'attached' });
    await open('endpoints/default');
    await page.getByText('each user strictly in order', { exact: true }).waitFor();
    await page.getByText('Pause is for a while').waitFor();
  });

  test('a topic opens at a partition with records, and says who reads it', async (t) => {
    const { page, open } = await openPage(t);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await open('log/w.files');
    await page.getByText('Partitions with records: 2. The others are empty.').waitFor();
    await page.getByText('no lag counts').waitFor();
    assert.equal(await page.getByLabel('Partition', { exact: true }).inputValue(), '2');
    assert.ok(asked.some((url) => url.endsWith('/topics/w.files/records?partition=2')));
    assert.equal(await page.getByRole('columnheader', { name: 'Lag' }).count(), 0);
    // A record of attempts holds several, a line each.
    await page.locator('.attempts summary').last().click();
    await page.getByText('"attempt": 2').waitFor();
    await open('log');
    await page.getByRole('cell', { name: HOSTILE }).first().waitFor();
  });

  test('a running replay says why it has skipped records', async (t) => {
    const { page, open } = await openPage(t);
    await open('replay');
    const row = page.getByRole('table', { name: 'Replays, newest first' }).getByRole('row').nth(1);
    await row.getByText(`9: ${HOSTILE}`).waitFor();
  });

  test('a user is erased after a question, and the receipt is shown', async (t) => {
    const { page, complaints, open } = await openPage(t);
    await open('deliveries/x');
    await page.getByRole('button', { name: 'Erase the user…' }).click();
    assert.deepEqual(await barriers(page), []);
    await page.getByRole('button', { name: 'Erase the user', exact: true }).click();
    const receipt = page.getByRole('dialog', { name: 'The user is erased' });
    await receipt.getByText('deleted before offset 17').waitFor();
    assert.deepEqual(await barriers(page), []);
    await receipt.getByRole('button', { name: 'Done' }).click();
    await receipt.waitFor({ state: 'detached' });
    await open('deliveries');
    assert.equal(await page.getByRole('button', { name: /^Erase/ }).count(), 0);
    await open('deliveries?user=somebody');
    await page.getByRole('button', { name: 'Erase the user…' }).waitFor();
    assert.deepEqual(complaints, []);
  });

  test('a user is not to be erased where bodies are not encrypted', async (t) => {
    const settings = { ...STATUS.settings, user_keys: false };
    const { page, open } = await openPage(t, { changed: { '/status': { ...STATUS, settings } } });
    await open('deliveries/x');
    await page.getByRole('button', { name: 'Resend' }).waitFor();
    assert.equal(await page.getByRole('button', { name: /^Erase/ }).count(), 0);
  });

  test('a file whose rows are all dead is not delivered, and says when it ended', async (t) => {
    const lost = {
      ...FILE,
      state: 'done',
      rows: 40,
      delivered: 0,
      retrying: 0,
      waiting: 0,
      dead: 40,
    };
    const ended = { ...lost, rejected: 0, cancelled: 0, passed_over: 0, settled_at: AT };
    const { page, open } = await openPage(t, { changed: { '/files/:id': ended } });
    await open('files/f');
    await page.locator('.bars-big').getByText('0 % delivered').waitFor();
    const fact = page.locator('.facts div', { hasText: 'Delivery ended' });
    await fact.locator('time').waitFor();
  });

  test('endpoints are offered where one is asked for, the default one first', async (t) => {
    const changed = { '/subscriptions': { subscriptions: TWINS, next_cursor: null } };
    const { page, open } = await openPage(t, { changed });
    for (const [view, label] of [
      ['deliveries', 'Endpoint'],
      ['dead-letters', 'Endpoint'],
      ['replay', 'Endpoint'],
      ['replay', 'For endpoint'],
    ] as const) {
      await open(view);
      const field = page.getByLabel(label, { exact: true });
      const options = `datalist[id="${await field.getAttribute('list')}"] option`;
      await page.locator(options).nth(2).waitFor({ state: 'attached' });
      const offered = await page.evaluate(
        `[...document.querySelectorAll('${options}')].map((one) => one.value + ' ' + one.label)`,
      );
      const texts = ['sub_1 Orders · example.com', 'sub_2 example.com'];
      assert.deepEqual(offered, ['default Default endpoint · 127.0.0.1', ...texts], view);
      await field.fill('typed');
      assert.equal(await field.inputValue(), 'typed');
    }
  });

  test('endpoints of one URL are told apart, also when one is deleted', async (t) => {
    const changed = {
      '/subscriptions': { subscriptions: TWINS, next_cursor: null },
      '/subscriptions/:id': TWINS[1],
    };
    const { page, open } = await openPage(t, { changed });
    await open('endpoints');
    const table = page.getByRole('table', { name: 'Endpoints, the furthest behind first' });
    for (const text of ['Orders · sub_1', 'sub_2', '127.0.0.1 · default']) {
      await table.getByText(text, { exact: true }).waitFor();
    }
    await open('endpoints/sub_2');
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByText('example.com (sub_2) gets nothing').waitFor();
    await open('endpoints/default');
    await page.getByRole('heading', { name: 'Default endpoint', level: 1 }).waitFor();
    await page.getByText('http://127.0.0.1/ · default').waitFor();
  });

  test('the plan of a reset, and a filter that is tried, are accessible', async (t) => {
    const { page, open } = await openPage(t);
    await open('replay');
    await page.getByLabel('Go on from').fill('earliest');
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.getByText('the endpoint begins later: its begin').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Reset as planned…' }).isDisabled());
    assert.deepEqual(await barriers(page), []);
    await open('endpoints/sub_1');
    await page.getByLabel('Body of a sample').fill('{"a": 1}');
    await page.getByRole('button', { name: 'Try with the sample' }).click();
    await page.getByText('left out', { exact: true }).waitFor();
    assert.deepEqual(await barriers(page), []);
  });

  test('a view whose answer fails says why, and the rest stays', async (t) => {
    const changed = { '/files': null, '/dead-letters': null, '/deliveries/:id': null };
    const { page, open } = await openPage(t, { changed });
    for (const view of ['files', 'dead-letters', 'deliveries/x']) {
      await open(view);
      const alert = page.getByRole('alert').first();
      assert.ok((await alert.textContent())?.includes(HOSTILE), view);
      assert.deepEqual(await barriers(page), [], view);
    }
  });

  test('empty lists say what to do, and what has no route is not offered', async (t) => {
    const none = { left_in_inbox: [], left_in_inbox_count: 0 };
    const page = { next_cursor: null, search_limit_met: false };
    const changed = {
      '/openapi.json': { paths: {} },
      '/files': { files: [], ...none },
      '/deliveries': { deliveries: [], ...page },
      '/dead-letters': { dead_letters: [], ...page },
      '/replays': { replays: [] },
    };
    const opened = await openPage(t, { changed });
    for (const [view, text] of [
      ['files', 'No file yet'],
      ['deliveries', 'Nothing was attempted yet'],
      ['deliveries?user=x', 'No delivery matches'],
      ['dead-letters', 'No dead letter'],
      ['replay', 'No replay yet'],
    ] as const) {
      await opened.open(view);
      await opened.page.getByText(text, { exact: true }).waitFor();
      assert.deepEqual(await barriers(opened.page), [], view);
    }
    await opened.open('files/f');
    assert.equal(await opened.page.getByRole('button', { name: 'Cancel the rest' }).count(), 0);
  });

  test('a system with keys asks for one, and names one that is not accepted', async (t) => {
    const { page, complaints } = await openPage(t, { apiKeys: ['right'] });
    assert.deepEqual(await barriers(page), []);
    await page.getByLabel('API key').fill('wrong');
    await page.getByRole('button', { name: 'Use this key' }).click();
    await page.getByText('This key is not accepted.').waitFor();
    await page.getByLabel('API key').fill('right');
    await page.getByRole('button', { name: 'Use this key' }).click();
    await page.getByText('1 endpoint failing').first().waitFor();
    // The browser itself writes down each 401.
    assert.ok(
      complaints.every((one) => one.includes('401')),
      complaints.join('\n'),
    );
  });

  test('figures that are not of now are called so', async (t) => {
    const { page, server } = await openPage(t);
    await page.getByText('1 endpoint failing').first().waitFor();
    await server.close(0);
    await page.getByText('Figures are from before').waitFor();
  });

  test('its files never change under their address, and hold no other host', async (t) => {
    const { server } = await openPage(t);
    const index = await fetch(server.url);
    const html = await index.text();
    assert.equal(index.headers.get('cache-control'), 'no-cache');
    assert.match(index.headers.get('content-security-policy') ?? '', /trusted-types 'none'/);
    const [, script = ''] = /src="([^"]+main\.js)"/.exec(html) ?? [];
    const main = await fetch(server.url + script);
    assert.match(main.headers.get('cache-control') ?? '', /immutable/);
    const old = script.replace(/[0-9a-f]{16}/, '0'.repeat(16));
    assert.equal((await fetch(server.url + old)).status, 404);
    assert.doesNotMatch(html.replaceAll('http://www.w3.org/2000/svg', ''), /https?:/);
  });
});
