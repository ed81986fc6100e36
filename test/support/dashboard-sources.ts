// The story of a source on the dashboard, from its creation to its end.
import type { TestContext } from 'node:test';
import { uniquePrefix } from './broker.ts';
import { picture } from './dashboard.ts';
import type { Running } from './dashboard.ts';
import { until } from './until.ts';
import { userTopics } from './user-topics.ts';

/** A topic becomes a source, is delivered, is read in another way, and is let go again. */
export async function makeAndDelete(running: Running, t: TestContext): Promise<void> {
  const { system, page, see, press, open } = running;
  const { receiver } = system;
  const topics = await userTopics(system, t, 2);
  const orders = `orders-${uniquePrefix()}`;
  const dialog = page.getByRole('dialog');
  const row = page.getByRole('table', { name: 'Sources' }).getByRole('row', { name: orders });
  const create = () => dialog.getByRole('button', { name: 'Create' }).click();
  await open('sources');
  await see('No source yet');

  // It may be named before it is there; what is wrong is said at its field.
  await press('New source');
  await dialog.getByLabel('Topic', { exact: true }).fill('__consumer_offsets');
  await dialog.getByLabel('User of a record').fill('value');
  await create();
  await dialog.locator('.wrong', { hasText: 'or a JSON pointer' }).waitFor();
  await picture(running, 'new-source');
  await dialog.getByLabel('User of a record').fill('/customer');
  await create();
  await dialog.locator('.wrong', { hasText: 'no topic of Hookline or of Kafka itself' }).waitFor();
  await dialog.getByLabel('Topic', { exact: true }).fill(orders);
  await dialog.getByLabel('Default endpoint').selectOption('true');
  await create();
  await row.getByText(`${orders} does not exist: create it`).waitFor();
  await topics.make(orders);
  const before = receiver.stats().received;
  await topics.write(orders, [{ key: 'order-1', value: '{"customer":"c-1"}' }]);
  await row.getByText('reading', { exact: true }).waitFor({ timeout: 20_000 });
  await until(() => receiver.stats().received > before);
  await picture(running, 'sources');

  await press(`Edit ${orders}`);
  await dialog.getByLabel('Event type of a record').fill('/kind');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row.getByText('user /customer, type /kind').waitFor();
  await row.getByRole('link', { name: orders, exact: true }).click();
  await page.getByRole('heading', { name: orders, level: 1 }).waitFor();
  await page.getByRole('table', { name: 'Partitions' }).waitFor();

  await open('sources');
  await press(`Delete ${orders}`);
  await dialog.getByText(`No more records of ${orders} are read`).waitFor();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await see('No source yet');
  await topics.remove(orders);
}
