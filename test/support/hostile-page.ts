// The dashboard in a real browser, on answers whose every text is hostile.
import { after, before } from 'node:test';
import type { TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { createLogger } from '../../common/base/logger.ts';
import { createHttpApp, PAGE_PATHS } from '../../common/http/app.ts';
import { serveHttp } from '../../common/http/serve.ts';
import { addPage } from '../../console/dashboard/page.ts';
import { CHROMIUM, openBrowser } from './browser.ts';
import { addHostileApi } from './dashboard-api.ts';

export const DESK = { width: 1280, height: 900 };
export const NO_BROWSER = CHROMIUM ? false : 'needs Chromium';

interface Options {
  readonly changed?: Readonly<Record<string, unknown>>;
  readonly apiKeys?: readonly string[];
  readonly viewport?: { width: number; height: number };
  readonly colorScheme?: 'light' | 'dark';
}

/** Starts a browser for the tests of a file. @returns opens the page in it */
export function hostileDashboard() {
  let browser: Browser;
  before(async () => {
    if (!NO_BROWSER) browser = await openBrowser();
  });
  after(() => browser?.close());
  return (t: TestContext, options: Options = {}) => openPage(t, browser, options);
}

/** Opens the page; what its console and network complain about is collected. */
async function openPage(t: TestContext, browser: Browser, options: Options) {
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
