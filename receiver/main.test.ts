import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { aReceiver, alert, deliver } from './test-support.ts';

const MAIN = resolve(import.meta.dirname, 'main.ts');

/** The receiver as a process of its own, in a folder of its own. */
function startProcess(t: TestContext, settings: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-receiver-'));
  const child = spawn(process.execPath, [MAIN], {
    cwd: folder,
    env: { PATH: process.env['PATH'], DATA_DIR: folder, RECEIVER_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true });
  });
  const started = Promise.withResolvers<string>();
  createInterface(child.stdout).on('line', (json) => {
    const line = JSON.parse(json) as { msg: string; url?: string };
    if (line.msg === 'receiver.started') started.resolve(line.url ?? '');
  });
  return { child, folder, exited, errors: text(child.stderr), started: started.promise };
}

test('RECEIVER_RPS starts it in mode ratelimit; SIGTERM writes the output and exits with 0', async (t) => {
  const { child, folder, exited, started } = startProcess(t, { RECEIVER_RPS: '0.5' });
  const url = await started;
  assert.equal((await deliver({ url }, { body: alert('u', 'one') })).status, 200);
  assert.equal((await deliver({ url }, { body: alert('u', 'two') })).status, 429);
  child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
  const output = readFileSync(join(folder, 'output', 'received.csv'), 'utf8');
  assert.equal(output, 'user_id,alert_message\nu,one\n');
});

test('RECEIVER_MODE is the mode at the start', async (t) => {
  const { started } = startProcess(t, { RECEIVER_MODE: 'gone' });
  assert.equal((await deliver({ url: await started })).status, 410);
});

test('a taken port stops it with exit code 1 and a message that names RECEIVER_PORT', async (t) => {
  const taken = await aReceiver(t);
  const { exited, errors } = startProcess(t, { RECEIVER_PORT: String(taken.port) });
  assert.deepEqual(await exited, [1, null]);
  assert.match(await errors, new RegExp(`^RECEIVER_PORT=${taken.port}: another process`));
});
