// Goal: `npm start` brings every role up, keeps it up, and takes every process along when it
// ends, however it ends. The real roles run, on the broker of the test run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { useBroker } from '../support/broker.ts';
import { childrenOf, isRunning } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';

const options = { timeout: 120_000 };
const ROLES = ['producer', 'console', 'consumer', 'receiver'];

async function startAll(t: TestContext, args: string[] = []) {
  const broker = await useBroker(t);
  const child = spawn(process.execPath, [join('infra', 'start.ts'), ...args], {
    env: {
      ...process.env,
      KAFKA_BROKERS: broker.brokers.join(','),
      TOPIC_PREFIX: broker.uniquePrefix(),
      PARTITIONS: '2',
      DATA_DIR: tempDir(t),
      PORT: '0',
      CONSOLE_PORT: '0',
      RECEIVER_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const closed = once(child, 'close') as Promise<[number | null]>;
  await until(() => said.includes('Hookline runs.'), { timeoutMs: 60_000, describe: () => said });
  return { child, closed, said: () => said, roles: () => rolesOf(child.pid as number) };
}

/** The role processes below a start: name of the folder and pid. */
function rolesOf(pid: number): { role: string; pid: number }[] {
  return childrenOf(pid).flatMap((one) => {
    const role = /\/(\w+)\/main\.ts/.exec(one.command)?.[1];
    return role && !one.command.includes('end-with-parent') ? [{ role, pid: one.pid }] : [];
  });
}

const gone = (pids: readonly number[]) =>
  until(() => !pids.some(isRunning), { timeoutMs: 40_000, describe: () => pids.filter(isRunning) });

test('every role answers at the printed URLs, and SIGTERM ends all with 0', options, async (t) => {
  const { child, closed, said, roles } = await startAll(t, ['--consumers', '2']);
  const running = roles();
  assert.deepEqual(running.map(({ role }) => role).sort(), ['consumer', ...ROLES].sort());
  for (const label of ['API and dashboard', 'receiver']) {
    const url = new RegExp(`^  ${label} +(http://127\\.0\\.0\\.1:\\d+)`, 'm').exec(said())?.[1];
    const answer = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(5_000) });
    assert.equal(answer.status, 200, label);
  }
  assert.match(said(), /inbox +\/.*\/inbox\n/);

  child.kill('SIGTERM');
  assert.equal((await closed)[0], 0);
  await gone(running.map(({ pid }) => pid));
  assert.doesNotMatch(said(), /killed-after-grace/);
});

test('kill -9 of the start ends every role', options, async (t) => {
  const { child, roles } = await startAll(t);
  const pids = roles().map(({ pid }) => pid);
  assert.equal(pids.length, 4);
  child.kill('SIGKILL');
  await gone(pids);
});

const title = 'a role that is killed with -9 is started again; without a reader all of it stops';
test(title, options, async (t) => {
  const { child, closed, roles } = await startAll(t);
  for (const name of ROLES) {
    const before = roles().find(({ role }) => role === name)?.pid as number;
    process.kill(before, 'SIGKILL');
    await until(() => roles().some(({ role, pid }) => role === name && pid !== before));
  }
  const pids = roles().map(({ pid }) => pid);
  // As behind `| head`: the next line that is printed finds no reader.
  child.stdout.destroy();
  process.kill(pids[0] as number, 'SIGKILL');
  assert.equal((await closed)[0], 0);
  await gone(pids);
});
