import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { ask } from '../../test/support/ask.ts';
import { createHttpApp } from './app.ts';

const BEARER = { authorization: 'Bearer key' };

async function statusOf(apiKeys: string[], method: string, headers: Record<string, string>) {
  const logger = pino({ level: 'silent' });
  const app = createHttpApp({ logger, apiKeys, name: 'test', isForBrowsers: true });
  app.on(['GET', 'POST'], '/thing', (c) => c.json({}));
  const all = { host: 'localhost:8080', ...headers };
  return (await ask(app, '/thing', { method, headers: all })).status;
}

for (const [site, status] of [
  ['cross-site', 403],
  ['same-site', 200],
  ['same-origin', 200],
  ['none', 200],
] as const) {
  test(`what a browser sends from ${site} is answered with ${status}`, async () => {
    assert.equal(await statusOf([], 'POST', { 'sec-fetch-site': site }), status);
    assert.equal(
      await statusOf([], 'GET', { 'sec-fetch-site': site }),
      200,
      'a link may lead here',
    );
  });
}

for (const host of ['localhost', '127.0.0.1:8080', '127.8.9.10', '[::1]:8080', 'a.localhost:1']) {
  test(`without keys it may be asked as ${host}`, async () => {
    assert.equal(await statusOf([], 'GET', { host }), 200);
  });
}

// A page of evil.example whose name now means 127.0.0.1 is of the same origin for its browser.
for (const host of ['evil.example:8080', 'localhost.evil.example', '127.0.0.1.evil.example', 'a']) {
  test(`without keys it may not be asked as ${host}, with keys it may`, async () => {
    const headers = { host, 'sec-fetch-site': 'same-origin' };
    assert.equal(await statusOf([], 'GET', headers), 403);
    assert.equal(await statusOf([], 'POST', headers), 403);
    assert.equal(await statusOf(['key'], 'GET', { ...headers, ...BEARER }), 200);
  });
}
