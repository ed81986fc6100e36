// The dashboard's stories, told in a real browser on one running system: what a person does there
// is done, and what the system does is seen. SCREENSHOTS=1 makes the pictures in docs/images again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CHROMIUM } from '../../support/browser.ts';
import { DESK, PHONE, aRunningSystem, picture } from '../../support/dashboard.ts';
import type { Running } from '../../support/dashboard.ts';
import * as endpoint from '../../support/dashboard-endpoint.ts';
import { makeAndDelete } from '../../support/dashboard-sources.ts';
import { until } from '../../support/until.ts';

const ROWS = 20_000;

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
  // Until the file is announced the list is empty, but nobody is told to send a file.
  assert.equal(await page.getByText('No file yet').count(), 0);
  await page.getByRole('link', { name: 'alerts.csv' }).first().click();
  await page.getByRole('heading', { name: 'alerts.csv', level: 1 }).waitFor();
  await page.locator('.bars-big').waitFor();
  await page.locator('.head .state.good').waitFor({ timeout: 60_000 });
  const figures = await page.getByRole('region', { name: 'Rows' }).textContent();
  assert.match(figures ?? '', /20,000rows20,000delivered0waiting0retrying0dead0cancelled0rejected/);
  const end = page.locator('.facts div', { hasText: 'Delivery ended' }).locator('time');
  await end.waitFor();
  await page.locator('.bars-big').getByText('100 % delivered').waitFor();
  await picture(running, 'dashboard-file');
}

/** A receiver breaks: the group is found, previewed, and put back when the receiver is well. */
async function breakAndRedrive(running: Running, users: string) {
  const { system, page, see, press, open, send } = running;
  system.receiver.setMode('error');
  await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      send('/send', { user_id: `${users}-${n % 4}`, data: { alert: n } }),
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
async function findOne(running: Running, users: string) {
  const { page, see, press, open } = running;
  await open('deliveries');
  await page.getByLabel('User', { exact: true }).fill(`${users}-1`);
  await page.getByRole('search').getByRole('button', { name: 'Search' }).click();
  await page.waitForURL((url) => url.hash.includes(`user=${users}-1`));
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
  // A resend begins with attempt 1 again; its label tells it from the first.
  const resent = page.getByText('Attempt 1 · resent');
  const before = await resent.count();
  await press('Resend');
  await until(async () => (await resent.count()) === before + 1);
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
  await open('deliveries?user=broken-1');
  await page.getByRole('table', { name: 'Deliveries' }).getByText('1 · replay').first().waitFor();
}

/** A slow replay is cancelled before its end. */
async function cancelReplay({ page, press, open, see }: Running) {
  await open('replay');
  await page.getByLabel('User').fill('broken-1');
  await page.getByLabel('Deliveries a second').fill('0.1');
  await press('Count what matches');
  await press(/^Replay \d/);
  const list = page.getByRole('table', { name: 'Replays, newest first' });
  await list.getByRole('button', { name: 'Cancel' }).click();
  await press('Cancel the replay');
  await see('The replay is cancelled');
  await list.getByRole('row').nth(1).getByText('cancelled').waitFor();
}

/** The consumers are stopped, and go on from an earlier place; the plan is seen first. */
async function resetOffsets(running: Running) {
  const { system, consumer, page, press, open, see } = running;
  await open('replay');
  await page.getByLabel('Go on from').fill('soon');
  await press('Show the plan');
  await page.locator('.wrong', { hasText: 'earliest or latest' }).waitFor();
  await page.getByLabel('Go on from').fill('earliest');
  await page.getByLabel('In topic').selectOption(system.names.deliveries);
  await press('Show the plan');
  await see(/^1 consumer must be stopped first/);
  assert.ok(await page.getByRole('button', { name: 'Reset as planned…' }).isDisabled());
  await consumer.end('SIGTERM');
  await press('Show the plan');
  await press('Reset as planned…');
  await press('Reset the offsets');
  await see('Done: the consumers go on from there.');
  const before = system.receiver.stats().received;
  system.start('consumer');
  await until(() => system.receiver.stats().received >= before + 40);
}

/** One of two dead letters is discarded with a reason, the other is put back. */
async function discardOne(running: Running) {
  const { system, page, see, press, open, send } = running;
  system.receiver.setMode('error');
  for (const user of ['keep', 'drop']) await send('/send', { user_id: user, data: 1 });
  await open('dead-letters');
  await see('2 in all');
  system.receiver.setMode('ok');
  const saving = page.waitForEvent('download');
  await press('Export all');
  const lines = readFileSync(await (await saving).path(), 'utf8')
    .trimEnd()
    .split('\n');
  const users = lines.map((line) => (JSON.parse(line) as { user: string }).user);
  assert.deepEqual(users.toSorted(), ['drop', 'keep']);
  const row = page.getByRole('row', { name: /drop/ });
  await row.getByRole('checkbox').check();
  await press('Discard 1 chosen…');
  await page.getByLabel('Reason').fill('a test of ours');
  await press('Discard 1');
  await see('1 in all');
  await press('Redrive all…');
  await press('Redrive 1');
  await see('1 of 1 put back, being delivered');
  await page.getByRole('link', { name: 'See what became of them' }).click();
  await page.waitForURL(/deliveries\?since=/);
  const deliveries = page.getByRole('table', { name: 'Deliveries' });
  await until(async () => {
    await press('Refresh');
    return (await deliveries.getByRole('row', { name: /delivered.*resent.*keep/ }).count()) > 0;
  });
}

const skip = CHROMIUM ? false : 'needs Chromium';
test('a person sees and repairs everything on the dashboard', { skip }, async (t) => {
  const running = await aRunningSystem(t);
  const { complaints, open, see } = running;
  await t.test('uploads a file, and watches it', () => uploadAndWatch(running));
  await t.test('creates an endpoint, disables and enables it', () => endpoint.create(running));
  await t.test('edits it, and tries a filter', () => endpoint.edit(running));
  await t.test('enables it from a place', () => endpoint.enableFrom(running));
  await t.test('makes a topic a source, and lets it go', (t) => makeAndDelete(running, t));
  await t.test('finds what is dead, and puts it back', () => breakAndRedrive(running, 'broken'));
  await t.test('finds one delivery, and reads it', () => findOne(running, 'broken'));
  await t.test('replays a part of the log', () => replayWindow(running));
  await t.test('cancels a replay', () => cancelReplay(running));
  await t.test('exports, and gives up for good what nobody needs', () => discardOne(running));
  await t.test('resets the offsets of stopped consumers', () => resetOffsets(running));
  await t.test('does the same on a phone', async (t) => {
    await running.page.setViewportSize(PHONE);
    await makeAndDelete(running, t);
    await endpoint.create(running);
    await endpoint.rotateAndDelete(running);
    await breakAndRedrive(running, 'phone');
    await findOne(running, 'phone');
    await cancelReplay(running);
    await running.page.setViewportSize(DESK);
  });
  await open('');
  // Not before the replay that was cancelled last is over for the status, too.
  await see(/^All well$/);
  await picture(running, 'dashboard');
  // The browser itself writes down each request that was refused on purpose.
  const unexpected = complaints.filter((one) => !one.includes('status of 400'));
  assert.deepEqual(unexpected, []);
});
