// Stories of the dashboard about one endpoint; each goes on where the one before has ended.
import assert from 'node:assert/strict';
import { picture } from './dashboard.ts';
import type { Running } from './dashboard.ts';
import { until } from './until.ts';

/** An endpoint is made and tested; what comes while it is disabled goes out when it is enabled. */
export async function create(running: Running): Promise<void> {
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
  // The figure is the number that waits, the first line says so, and its link finds what it counts.
  await page.locator('.health').getByText('1 endpoint disabled: 1 delivery waits').waitFor();
  const health = page.getByRole('region', { name: 'Health' });
  await health.getByRole('link', { name: /^1 ?waiting$/ }).click();
  await page.getByRole('table', { name: 'Deliveries' }).getByText('waiting').waitFor();
  await page.goBack();
  await press('Enable…');
  await page.getByRole('dialog').getByRole('button', { name: 'Enable' }).click();
  await see('Enabled');
  await until(() => receiver.stats().received > before);
  await page.getByRole('table', { name: 'Latest attempts' }).getByText('delivered').waitFor();
  await picture(running, 'dashboard-endpoint');
}

/** Its settings are changed; what the API refuses is said at the field; a filter is tried. */
export async function edit(running: Running): Promise<void> {
  const { page, press, see } = running;
  const dialog = page.getByRole('dialog');
  const filter = page.getByLabel('Filter', { exact: true });
  const save = () => dialog.getByRole('button', { name: 'Save' }).click();
  await press('Edit');
  await dialog.getByLabel('Deliveries a second at most').fill('many');
  await dialog.getByLabel('Longest wait for an answer').fill('1h');
  await save();
  await dialog.locator('.wrong', { hasText: 'a number' }).waitFor();
  await dialog.locator('.wrong', { hasText: 'a whole number from 100' }).waitFor();
  await picture(running, 'edit');
  await dialog.getByLabel('Deliveries a second at most').fill('500');
  await dialog.getByLabel('Longest wait for an answer').fill('5s');
  await dialog.getByLabel('Waits between attempts').fill('50ms, 100ms');
  await dialog.getByLabel('Requests at once from each consumer').fill('3');
  await dialog.getByLabel('Form of the body').selectOption('cloudevents-structured');
  await dialog.getByLabel('Ed25519 (v1a)').check();
  await save();
  await dialog.waitFor({ state: 'detached' });
  for (const text of ['50ms, 100ms', 'CloudEvent, structured', 'v1, v1a']) await see(text);

  await page
    .getByLabel('Filter', { exact: true })
    .fill('{"body": {"order": [{"numeric": [">", 5]}]}}');
  await page.getByLabel('Body of a sample').fill('{"order": 3}');
  await press('Try with the sample');
  await see('left out');
  await page.getByLabel('Body of a sample').fill('{"order": 7}');
  await press('Try with the sample');
  await see('matches');
  await press('Save the filter');
  await see('The filter is saved');
  await see(/left out since the consumers were started/);
  // The form is made anew with what was saved.
  await until(async () => (await filter.inputValue()).includes('\n'));
  await filter.fill('{"body": 7}');
  await press('Save the filter');
  await page.locator('.wrong').waitFor();
  await filter.fill('');
  await press('Save the filter');
  await see('The filter is removed');
}

/** Disabled, it goes on from a time: what was accepted before is not sent to it. */
export async function enableFrom({ system, page, press, see, send }: Running): Promise<void> {
  const { receiver } = system;
  const dialog = page.getByRole('dialog');
  await press('Disable');
  await dialog.getByRole('button', { name: 'Disable' }).click();
  await see('Nothing is sent: disabled by request');
  await send('/events', { type: 'order.paid', user_id: 'user-1', data: { order: 8 } });
  const before = receiver.stats().received;
  await press('Enable…');
  await dialog.getByLabel(/^A time or an offset/).check();
  await dialog.getByLabel('Time or offset', { exact: true }).fill('yesterday');
  await dialog.getByRole('button', { name: 'Enable' }).click();
  await dialog.locator('.wrong').waitFor();
  const from = new Date().toISOString();
  await dialog.getByLabel('Time or offset', { exact: true }).fill(from);
  await dialog.getByRole('button', { name: 'Enable' }).click();
  await dialog.waitFor({ state: 'detached' });
  await send('/events', { type: 'order.paid', user_id: 'user-1', data: { order: 9 } });
  await until(() => receiver.stats().received > before);
  assert.equal(receiver.stats().received, before + 1);
}

/** Its secret is rotated and shown once; deleted, it is not in the list any more. */
export async function rotateAndDelete({ page, press, see }: Running): Promise<void> {
  const dialog = page.getByRole('dialog');
  const id = new URL(page.url()).hash.split('/').at(-1) ?? '';
  await press('Rotate secret');
  await dialog.getByRole('button', { name: 'Rotate' }).click();
  await see('Signing secret, shown this once');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await see('Old secret ends');
  await press('Delete');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'Endpoints', level: 1 }).waitFor();
  await until(async () => (await page.locator(`a[href*="${id}"]`).count()) === 0);
}
