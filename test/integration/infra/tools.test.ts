import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createReceiver } from '../../../receiver/receiver.ts';
import type { ModeInput } from '../../../receiver/receiver.ts';
import { tempDir } from '../../support/temp-dir.ts';

const TOOLS = resolve(import.meta.dirname, '../../../infra/tools');

/** Runs a tool to its end, without the settings of whoever runs the tests. */
function runTool(t: TestContext, tool: string, settings: Record<string, string>) {
  const env = { PATH: process.env['PATH'], ...settings };
  const ended = Promise.withResolvers<{ code: number; out: string; err: string }>();
  const child = execFile(
    process.execPath,
    [join(TOOLS, tool)],
    { env, cwd: tempDir(t) },
    (error, out, err) => ended.resolve({ code: Number(error?.code ?? 0), out, err }),
  );
  t.after(() => child.kill('SIGKILL'));
  return ended.promise;
}

async function checkLimiter(t: TestContext, mode: ModeInput) {
  const receiver = await createReceiver({ mode });
  t.after(() => receiver.close());
  return runTool(t, 'check-limiter.ts', { RECEIVER_PORT: String(receiver.port) });
}

test('check:limiter shows ten answers and that the limiter works', async (t) => {
  const { code, out } = await checkLimiter(t, { mode: 'ratelimit', rps: 0.5 });
  const lines = out.trimEnd().split('\n');
  assert.equal(lines[0], ' 1  200');
  for (const line of lines.slice(1, 10)) assert.match(line, /^[ 1]\d  429  Retry-After: [12]$/);
  assert.match(
    lines[10] ?? '',
    /^1 of 10 accepted at 0.5 a second, 9 refused .* the limiter works/,
  );
  assert.equal(code, 0);
});

test('check:limiter fails where nothing is limited, and says how to limit', async (t) => {
  const { code, out } = await checkLimiter(t, 'ok');
  assert.equal(out.match(/ 200\n/g)?.length, 10);
  assert.match(out, /in mode ok and limits nothing/);
  assert.match(out, /RECEIVER_RPS=5/);
  assert.equal(code, 1);
});

test('check:limiter without a receiver says what to start', async (t) => {
  const receiver = await createReceiver();
  await receiver.close(); // its port is free now
  const { code, err } = await runTool(t, 'check-limiter.ts', {
    RECEIVER_PORT: String(receiver.port),
  });
  assert.match(err, /No receiver answers at .*\n.*npm start/);
  assert.equal(code, 1);
});

/** The API as the contract has it, for one file that goes forward by ten rows a look. */
async function anApi(t: TestContext, inbox: string, key: string) {
  let delivered = 0;
  const file = () => {
    const [name] = existsSync(inbox)
      ? readdirSync(inbox).filter((one) => one.endsWith('.csv'))
      : [];
    if (name === undefined) return [];
    const state = delivered < 20 ? 'reading' : 'done';
    return [{ id: 'F1', name, state, rows: 20, rejected: 0, delivered, retrying: 0, dead: 0 }];
  };
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${key}`) return response.writeHead(401).end();
    if (request.url === '/status') return response.end(JSON.stringify({ inbox }));
    if (request.url === '/files') return response.end(JSON.stringify(file()));
    delivered = Math.min(20, delivered + 10);
    return response.end(JSON.stringify(file()[0]));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

test('demo drops twenty rows, follows them and shows what the receiver wrote', async (t) => {
  const dataDir = tempDir(t);
  for (const folder of ['inbox', 'output']) mkdirSync(join(dataDir, folder));
  const received = Array.from({ length: 9 }, (_, index) => `user-${index},"a, b"\n`);
  writeFileSync(
    join(dataDir, 'output', 'received.csv'),
    `user_id,alert_message\n${received.join('')}`,
  );
  const port = await anApi(t, join(dataDir, 'inbox'), 'key-1');
  // Another folder than that of the running system: what counts is where that one looks.
  const settings = { DATA_DIR: tempDir(t), PORT: String(port), API_KEYS: 'key-1,key-2' };
  const { code, out, err } = await runTool(t, 'demo.ts', settings);
  const [dropped = '', ...more] = readdirSync(join(dataDir, 'inbox'));
  assert.match(dropped, /^demo-\d+\.csv$/);
  assert.deepEqual(more, [], 'no .part file is left');
  assert.equal(
    readFileSync(join(dataDir, 'inbox', dropped), 'utf8')
      .trimEnd()
      .split('\n').length,
    21,
  );
  assert.match(err, /100%/);
  assert.doesNotMatch(err, /NF|INF|NaN/);
  assert.match(out, /\(F1\): done, 20 delivered/);
  const shown = received
    .slice(-5)
    .map((line) => `  ${line}`)
    .join('');
  assert.ok(out.endsWith(shown), out);
  assert.equal(code, 0);
});

test('demo drops nothing where the inbox is elsewhere or the key is wrong', async (t) => {
  const dataDir = tempDir(t);
  const port = String(await anApi(t, join(dataDir, 'on', 'another', 'machine'), 'key-1'));
  const elsewhere = await runTool(t, 'demo.ts', { PORT: port, API_KEYS: 'key-1' });
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.err, /another\/machine, which is not on this machine\.\nUpload a file/);
  const keyless = await runTool(t, 'demo.ts', { PORT: port, DATA_DIR: dataDir });
  assert.equal(keyless.code, 1);
  assert.match(keyless.err, /asks for a key: set API_KEYS/);
  assert.deepEqual(readdirSync(dataDir), []);
});

test('demo without a running system says what to start, and drops nothing', async (t) => {
  const dataDir = tempDir(t);
  const receiver = await createReceiver();
  await receiver.close(); // its port is free now
  const settings = { DATA_DIR: dataDir, PORT: String(receiver.port), CONSOLE_PORT: '1' };
  const { code, err } = await runTool(t, 'demo.ts', settings);
  assert.match(err, /^Nothing answers at .*: run `npm start`/);
  assert.ok(!existsSync(join(dataDir, 'inbox')));
  assert.equal(code, 1);
});
