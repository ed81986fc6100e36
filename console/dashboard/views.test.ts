// Views of the dashboard, each on answers whose every text is hostile.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { barriers } from '../../test/support/axe.ts';
import { AT, FILE, HOSTILE, STATUS, TWINS } from '../../test/support/dashboard-api.ts';
import { until } from '../../test/support/until.ts';
import { NO_BROWSER, hostileDashboard } from '../../test/support/hostile-page.ts';

const openPage = hostileDashboard();

describe('a view of the dashboard', { skip: NO_BROWSER, concurrency: 2 }, () => {
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
    let bodies = 0;
    page.on(
      'request',
      (request) => (bodies += request.url().endsWith('/body?subscription=sub_1') ? 1 : 0),
    );
    await open('deliveries/x');
    await page.getByText('without x-token').waitFor();
    await page.getByRole('button', { name: 'Erase the user…' }).click();
    assert.deepEqual(await barriers(page), []);
    await page.getByRole('button', { name: 'Erase the user', exact: true }).click();
    const receipt = page.getByRole('dialog', { name: 'The user is erased' });
    await receipt.getByText('deleted before offset 17').waitFor();
    assert.deepEqual(await barriers(page), []);
    // The body that was shown is asked for again, as it may be gone now.
    await until(() => bodies === 2);
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
      await field.fill('sub_1');
      if (view === 'replay')
        await page.getByText('Orders · example.com', { exact: true }).first().waitFor();
    }
  });

  test('an endpoint field takes a name that one endpoint has, and says when none has it', async (t) => {
    const changed = { '/subscriptions': { subscriptions: TWINS, next_cursor: null } };
    const { page, open } = await openPage(t, { changed });
    await open('dead-letters');
    const field = page.getByLabel('Endpoint', { exact: true });
    const options = `datalist[id="${await field.getAttribute('list')}"] option`;
    await page.locator(options).nth(2).waitFor({ state: 'attached' });
    await field.fill('nobody');
    await field.press('Enter');
    await page.locator('.wrong', { hasText: 'No endpoint is called “nobody”' }).waitFor();
    assert.deepEqual(await barriers(page), []);
    assert.ok(!page.url().includes('nobody'));
    await field.fill('orders');
    await field.press('Enter');
    await page.waitForURL(/subscription=sub_1/);
    assert.equal(await page.locator('.wrong').count(), 0);
    await page.getByText(/^\d+ match, of 329 in all/).waitFor();
  });

  test('a search that finds nothing says where else to look, as the state that is given needs', async (t) => {
    const changed = {
      '/deliveries': { deliveries: [], next_cursor: null, search_limit_met: false },
    };
    const { page, open } = await openPage(t, { changed });
    for (const [status, hint, link] of [
      ['queued', 'held back ones are waiting', 'waiting'],
      ['waiting', 'the others are queued', 'queued'],
    ] as const) {
      await open(`deliveries?status=${status}`);
      await page.getByText(hint).waitFor();
      const found = page.getByRole('link', { name: /^Look among/ });
      assert.match((await found.getAttribute('href')) ?? '', new RegExp(`status=${link}$`));
      assert.equal(await found.count(), 1);
    }
  });

  test('a reset is reached from the endpoint, says that all consumers stop, and lets its plan go', async (t) => {
    const { page, open } = await openPage(t);
    await open('endpoints/sub_1');
    await page.getByRole('link', { name: 'Set back to an earlier time' }).click();
    await page.getByText('Every consumer must be stopped first').waitFor();
    assert.equal(await page.getByLabel('For endpoint').inputValue(), 'sub_1');
    await until(async () => (await page.evaluate('document.activeElement.name')) === 'to');
    await page.getByLabel('Go on from').fill('earliest');
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.getByRole('button', { name: 'Dismiss', exact: true }).click();
    await page.getByRole('button', { name: 'Reset as planned…' }).waitFor({ state: 'detached' });
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
});
