// The dashboard's stories, told in a real browser on one running system: what a person does there
// is done, and what the system does is seen. SCREENSHOTS=1 makes the pictures in docs/images again.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { barriers } from '../../support/axe.ts';
import { CHROMIUM, openBrowser } from '../../support/browser.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { startFront } from '../../support/front.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

const ROWS = 20_000;
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const IMAGES = join(import.meta.dirname, '../../../docs/images');

/** Whoever follows these stories sees what the page complains about. */
function listen(page: Page, origin: string): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const isOwn = request.url().startsWith(`${origin}/`) || /^(data|blob):/.test(request.url());
    if (!isOwn) complaints.push(`a request to ${request.url()}`);
  });
  return complaints;
}

async function aRunningSystem(t: TestContext) {
  const env = {
    ...{ PARTITIONS: '3', SETTLE_MS: '100', DATA_DIR: tempDir(t) },
    ...{ RETRY_SCHEDULE: '100ms', ALLOW_TARGETS: '127.0.0.0/8' },
  };
  const system = await aDeliverySystem(t, env);
  const consumer = system.start('consumer');
  const front = await startFront(system);
  const browser = await openBrowser();
  t.after(() => browser.close());
  const page = await browser.newPage({ viewport: DESK, colorScheme: 'light' });
  const complaints = listen(page, front.url);
  const see = (text: string | RegExp) => page.getByText(text).first().waitFor();
  const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).click();
  const open = async (hash: string) => {
    await page.goto(`${front.url}/#/${hash}`);
    await page.locator('h1').first().waitFor();
  };
  const send = async (path: string, body: object) => {
    const answer = await fetch(front.url + path, { method: 'POST', body: JSON.stringify(body) });
    assert.equal(answer.status, 202, await answer.clone().text());
    return (await answer.json()) as { id: string };
  };
  return { system, consumer, front, page, complaints, see, press, open, send };
}

type Running = Awaited<ReturnType<typeof aRunningSystem>>;

/** Views that the documents also show on a phone. */
const ON_PHONE = ['dashboard', 'dashboard-dead-letters'];

async function picture({ page }: Running, name: string): Promise<void> {
  assert.deepEqual(await barriers(page), [], name);
  // Only what the documents show is kept.
  if (!process.env['SCREENSHOTS'] || !name.startsWith('dashboard')) return;
  // Messages about what was done would cover something.
  await page.evaluate(`document.querySelectorAll('.toast button').forEach((one) => one.click())`);
  await page.screenshot({ path: join(IMAGES, `${name}.png`) });
  if (!ON_PHONE.includes(name)) return;
  await page.setViewportSize(PHONE);
  await page.screenshot({ path: join(IMAGES, `${name}-phone.png`) });
  await page.setViewportSize(DESK);
}

/** A file of many rows is uploaded, and watched until all of them are delivered. */
async function uploadAndWatch(running: Running) {
  const { page, see, open } = running;
  await open('files');
  await see('No file yet');
  const lines = Array.from({ length: ROWS }, (_, n) => `user-${n % 500},alert ${n}`);
  const buffer = Buffer.from(`user_id,alert_message\n${lines.join('\n')}\n`);
  const file = { name: 'alerts.csv', mimeType: 'text/csv', buffer };
  await page.locator('input[type=file]').setInputFiles(file);
  await see('Uploaded:');
  await page.getByRole('link', { name: 'alerts.csv' }).first().click();
  await page.getByRole('heading', { name: 'alerts.csv', level: 1 }).waitFor();
  await page.locator('.bars-big').waitFor();
  await page.locator('.head .state.good').waitFor({ timeout: 60_000 });
  const figures = await page.getByRole('region', { name: 'Rows' }).textContent();
  assert.match(figures ?? '', /20,000rows20,000delivered0waiting0retrying0dead0cancelled0rejected/);
  await picture(running, 'dashboard-file');
}

/** An endpoint is made and tested; what comes while it is disabled goes out when it is enabled. */
async function createDisableEnable(running: Running) {
  const { system, page, see, press, open, send } = running;
  await open('endpoints');
  await page.getByRole('link', { name: 'New endpoint' }).click();
  await page.getByLabel('Target URL').fill(`${system.receiver.url}/orders`);
  await page.getByLabel('Event types').fill('order.*');
  await page.getByLabel('Description').fill('Orders of the shop');
  await press('Create and test');
  await see('Signing secret, shown this once');
  await see('accepted');
  assert.match((await page.locator('code').first().textContent()) ?? '', /^whsec_/);
  await picture(running, 'created');

  await page.getByRole('link', { name: 'Open it' }).click();
  await press('Pause');
  await see('It is paused');
  await press('Resume');
  await see('Resumed');
  await press('Disable');
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await see('Nothing is sent: disabled by request');
  const { receiver } = system;
  const before = receiver.stats().received;
  await send('/events', { type: 'order.paid', user_id: 'user-1', data: { order: 7 } });
  await press('Enable…');
  await page.getByRole('dialog').getByRole('button', { name: 'Enable' }).click();
  await see('Enabled');
  await until(() => receiver.stats().received > before);
  await page.getByRole('table', { name: 'Latest attempts' }).getByText('delivered').waitFor();
  await picture(running, 'dashboard-endpoint');
}

/** A receiver breaks: the group is found, previewed, and put back when the receiver is well. */
async function breakAndRedrive(running: Running) {
  const { system, page, see, press, open, send } = running;
  system.receiver.setMode('error');
  await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      send('/send', { user_id: `broken-${n % 4}`, data: { alert: n } }),
    ),
  );
  await open('dead-letters');
  await see('40 in all');
  const groups = page.getByRole('table', { name: 'Dead letters by cause' });
  await groups.getByText('40', { exact: true }).waitFor();
  await picture(running, 'dashboard-dead-letters');
  await groups.getByRole('link').first().click();
  await page.waitForURL(/status=500/);
  system.receiver.setMode('ok');
  await press(/^Redrive all/);
  await see('40 dead letters');
  await press('Redrive 40');
  await see('40 of 40 put back');
  await press('Done');
  await page.getByText('Nothing is given up.').waitFor({ timeout: 20_000 });
}

/** One delivery of many is found by its user, read, sent once more, and found in the log. */
async function findOne(running: Running) {
  const { system, page, see, press, open } = running;
  await open('deliveries');
  await page.getByLabel('User', { exact: true }).fill('broken-1');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.waitForURL(/user=broken-1/);
  const table = page.getByRole('table', { name: 'Deliveries' });
  await until(async () => (await table.locator('tbody tr').count()) === 10);
  await picture(running, 'deliveries');
  await table.getByRole('link').first().click();
  await see('Attempt 1');
  await see('HTTP 500');
  await see('"alert": ');
  await press('Hex');
  await see(/^00000000 {2}7b 22/);
  await press('Pretty');
  await picture(running, 'dashboard-delivery');
  const before = system.receiver.stats().received;
  await press('Resend');
  await until(() => system.receiver.stats().received > before);
  await page.getByRole('link', { name: /partition \d, offset/ }).click();
  const records = page.locator('.attempts li');
  await records.first().locator('summary').click();
  await see(/^Open delivery/);
  await picture(running, 'dashboard-log');
}

/** A part of the log is counted, delivered once more, and watched. */
async function replayWindow(running: Running) {
  const { system, page, see, press, open } = running;
  await open('replay');
  await press('15 min');
  const line = await page.locator('.volume').boundingBox();
  assert.ok(line);
  await page.mouse.move(line.x + line.width / 2, line.y + 5);
  await page.mouse.down();
  await page.mouse.move(line.x + line.width - 5, line.y + 5, { steps: 3 });
  await page.mouse.up();
  const from = page.getByLabel('From', { exact: true });
  assert.match(await from.inputValue(), /^20\d\d-.*Z$/);
  // Unlike the window that was drawn, this has everything, however quick the test was.
  await from.fill('earliest');
  await page.getByLabel('To', { exact: true }).fill('');
  await page.getByLabel('User').fill('broken-1');
  await press('Count what matches');
  await see(/^\d+ deliveries/);
  const before = system.receiver.stats().received;
  await press(/^Replay \d/);
  const list = page.getByRole('table', { name: 'Replays, newest first' });
  await list.getByText('done').waitFor({ timeout: 30_000 });
  await until(() => system.receiver.stats().received >= before + 10);
  await picture(running, 'dashboard-replay');
}

/** One of two dead letters is discarded with a reason, the other is put back. */
async function discardOne(running: Running) {
  const { system, page, see, press, open, send } = running;
  system.receiver.setMode('error');
  for (const user of ['keep', 'drop']) await send('/send', { user_id: user, data: 1 });
  await open('dead-letters');
  await see('2 in all');
  system.receiver.setMode('ok');
  const row = page.getByRole('row', { name: /drop/ });
  await row.getByRole('checkbox').check();
  await press('Discard 1 chosen…');
  await page.getByLabel('Reason').fill('a test of ours');
  await press('Discard 1');
  await see('1 in all');
  await press('Redrive all…');
  await press('Redrive 1');
  await see('1 of 1 put back');
  await press('Done');
}

const skip = CHROMIUM ? false : 'needs Chromium';
test('a person sees and repairs everything on the dashboard', { skip }, async (t) => {
  const running = await aRunningSystem(t);
  const { complaints, open, see } = running;
  await t.test('uploads a file, and watches it', () => uploadAndWatch(running));
  await t.test('creates an endpoint, disables and enables it', () => createDisableEnable(running));
  await t.test('finds what is dead, and puts it back', () => breakAndRedrive(running));
  await t.test('finds one delivery, and reads it', () => findOne(running));
  await t.test('replays a part of the log', () => replayWindow(running));
  await t.test('gives up for good what nobody needs', () => discardOne(running));
  await open('');
  await see(/^All (is )?well/);
  await picture(running, 'dashboard');
  assert.deepEqual(complaints, []);
});
