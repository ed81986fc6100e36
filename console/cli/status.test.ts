import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import { until } from '../../test/support/until.ts';
import type { SystemStatus } from '../status/schemas.ts';

const STATUS: SystemStatus = {
  summary: { state: 'ok', headline: 'All well', actions: [] },
  ...{ disk: null, sources: [], replays: [] },
  ...{ loading: false, not_ready: null, brokers: [], broker_seen_at: null, topics: [] },
  settings: {
    ...{ ordering: 'none', timeout_ms: 15_000, retry_schedule_ms: [], rate_limit: null },
    user_keys: false,
  },
  inbox: '/data/inbox',
  files: {
    queued: 0,
    reading: 0,
    done: 0,
    failed: 0,
    cancelled: 0,
    latest: [],
    left_in_inbox: [],
    left_in_inbox_count: 0,
  },
  oldest_waiting_seconds: 0,
  deliveries: {
    delivered: 12,
    waiting: 0,
    in_flight: 0,
    retrying: 0,
    dead_lettered: 0,
    dead_lettered_last_hour: 0,
    cancelled: 0,
  },
  ...{ endpoints: [], consumers: [] },
};

/** A system that says how it is, to who has the key; its port stands in a `.env` file. */
async function aSystem(t: TestContext) {
  const server = createServer((request, response) => {
    response.statusCode = request.headers.authorization === 'Bearer k' ? 200 : 401;
    response.end(JSON.stringify(STATUS));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const cwd = tempDir(t);
  writeFileSync(join(cwd, '.env'), `PORT=${port}\nCONSOLE_PORT=1\nAPI_KEYS=k\n`);
  return (args: readonly string[], env: Record<string, string> = {}) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'status.ts'), ...args], {
      cwd,
      env: { PATH: process.env['PATH'], ...env },
    });
    t.after(() => child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    const ended = once(child, 'close').then(([code]) => code as number | null);
    return { output: () => output, ended };
  };
}

test('npm run status finds the system by a .env file, and prints it for people or as JSON', async (t) => {
  const run = await aSystem(t);
  const json = run(['--json']);
  assert.equal(await json.ended, 0);
  assert.deepEqual(JSON.parse(json.output()), STATUS);
  const text = run([]);
  assert.equal(await text.ended, 0);
  assert.match(text.output(), /^All well\n\ndelivered 12 /);
});

test('npm run status -- --watch says it again and again', async (t) => {
  const run = await aSystem(t);
  const watching = run(['--watch']);
  await until(() => watching.output().split('delivered 12').length > 2);
});

test('npm run status names a key that is missing or wrong, and API_KEYS', async (t) => {
  const run = await aSystem(t);
  for (const [key, says] of [
    ['wrong', /^http:\S+ does not accept the first key of API_KEYS: set API_KEYS as the running /],
    ['', /^http:\S+ asks for a key: set API_KEYS as the running system has it\n$/],
  ] as const) {
    const asked = run([], { API_KEYS: key });
    assert.equal(await asked.ended, 1);
    assert.match(asked.output(), says);
  }
});

test('npm run status ends with 1 where nothing answers, or at a bad word or setting', async (t) => {
  const run = await aSystem(t);
  // The environment wins over the file.
  const nobody = run([], { PORT: '2', CONSOLE_PORT: '1' });
  assert.equal(await nobody.ended, 1);
  assert.match(nobody.output(), /^Nothing answers at http:\/\/127\.0\.0\.1:2: run `npm start`/);
  const word = run(['--nope']);
  assert.equal(await word.ended, 1);
  assert.match(word.output(), /^--nope: there is no such option; allowed: --watch, --json, --help/);
  const setting = run([], { PORT: 'x' });
  assert.equal(await setting.ended, 1);
  assert.match(setting.output(), /^Settings refused:\n {2}PORT="x": allowed: /);
});
