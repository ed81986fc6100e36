import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { ask } from '../../test/support/ask.ts';
import { createHttpApp } from './app.ts';

const BEARER = { authorization: 'Bearer key' };

async function statusOf(
  apiKeys: string[],
  method: string,
  headers: Record<string, string>,
  path = '/thing',
) {
  const logger = pino({ level: 'silent' });
  const openPaths = ['/page'];
  const app = createHttpApp({ logger, apiKeys, name: 'test', isForBrowsers: true, openPaths });
  app.on(['GET', 'POST'], ['/thing', '/page'], (c) => c.json({}));
  const all = { host: 'localhost:8080', ...headers };
  return (await ask(app, path, { method, headers: all })).status;
}

for (const [site, status] of [
  ['cross-site', 403],
  ['same-site', 200],
  ['same-origin', 200],
  ['none', 200],
] as const) {
  test(`what a browser sends from ${site} is answered with ${status}, to read and to write`, async () => {
    for (const apiKeys of [[], ['key']]) {
      for (const method of ['GET', 'HEAD', 'POST']) {
        const headers = { 'sec-fetch-site': site, ...BEARER };
        assert.equal(await statusOf(apiKeys, method, headers), status, method);
      }
    }
  });
}

test('a link of another site may open what holds no data, and nothing else', async () => {
  const link = {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  };
  assert.equal(await statusOf([], 'GET', link, '/page'), 200);
  assert.equal(await statusOf(['key'], 'GET', link, '/page'), 200);
  assert.equal(await statusOf([], 'GET', link), 403);
  assert.equal(await statusOf([], 'POST', link, '/page'), 403);
  for (const other of [{ 'sec-fetch-dest': 'iframe' }, { 'sec-fetch-mode': 'no-cors' }]) {
    assert.equal(await statusOf([], 'GET', { ...link, ...other }, '/page'), 403);
  }
});

for (const [origin, status] of [
  ['https://evil.example', 403],
  ['http://localhost.evil.example:8080', 403],
  ['null', 403],
  ['http://localhost:3000', 200],
  ['http://127.0.0.1:8080', 200],
  ['http://[::1]:8080', 200],
] as const) {
  test(`a browser that says no more than the origin ${origin} gets ${status} without keys`, async () => {
    for (const method of ['GET', 'POST']) {
      assert.equal(await statusOf([], method, { origin }), status);
      assert.equal(await statusOf(['key'], method, { origin, ...BEARER }), 200);
      assert.equal(await statusOf([], method, { origin, 'sec-fetch-site': 'none' }), 200);
    }
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
