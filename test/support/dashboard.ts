// A running system with the dashboard in a real browser, for stories that are told on it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { barriers } from './axe.ts';
import { openBrowser } from './browser.ts';
import { aDeliverySystem } from './delivery.ts';
import { startFront } from './front.ts';
import { tempDir } from './temp-dir.ts';

export const DESK = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
const IMAGES = join(import.meta.dirname, '../../docs/images');

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

/** Starts all roles, and opens the page. */
export async function aRunningSystem(t: TestContext) {
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

export type Running = Awaited<ReturnType<typeof aRunningSystem>>;

/** Views that the documents also show on a phone. */
const ON_PHONE = ['dashboard', 'dashboard-dead-letters'];

/** Checks what is shown for barriers; where SCREENSHOTS is set, keeps a picture for the docs. */
export async function picture({ page }: Running, name: string): Promise<void> {
  assert.deepEqual(await barriers(page), [], name);
  // Only what the documents show is kept.
  const isDesk = page.viewportSize()?.width === DESK.width;
  if (!process.env['SCREENSHOTS'] || !isDesk || !name.startsWith('dashboard')) return;
  // Messages about what was done would cover something.
  await page.evaluate(`document.querySelectorAll('.toast button').forEach((one) => one.click())`);
  await page.screenshot({ path: join(IMAGES, `${name}.png`) });
  if (!ON_PHONE.includes(name)) return;
  await page.setViewportSize(PHONE);
  await page.screenshot({ path: join(IMAGES, `${name}-phone.png`) });
  await page.setViewportSize(DESK);
}
