// Goal: `npm start` brings every role up, keeps it up, and takes every process along when it
// ends, however it ends. The real roles run, on the broker of the test run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { useBroker } from '../../support/broker.ts';
import { fixedPort } from '../../support/fixed-port.ts';
import { childrenOf, isRunning } from '../../support/processes.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

const options = { timeout: 120_000 };
const ROLES = ['producer', 'console', 'consumer', 'receiver'];

async function spawnStart(t: TestContext, args: string[], more: Record<string, string> = {}) {
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
      ...more,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const closed = once(child, 'close') as Promise<[number | null]>;
  return { child, closed, said: () => said, errors: () => errors };
}

async function startAll(t: TestContext, args: string[] = []) {
  const start = await spawnStart(t, args);
  const { child, said, errors } = start;
  await until(() => said().includes('Hookline runs.'), {
    timeoutMs: 60_000,
    describe: () => said() + errors(),
  });
  return { ...start, roles: () => rolesOf(child.pid as number) };
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

test(
  'a port that is lost to what speaks no HTTP ends the start, with its setting',
  options,
  async (t) => {
    const { brokers } = await useBroker(t);
    const [host, kafkaPort] = (brokers[0] as string).split(':') as [string, string];
    const port = await fixedPort(host);
    const taken = createServer((socket) => socket.on('error', () => {}).write('SSH-2.0-x\r\n'));
    t.after(() => taken.close());
    // The ports have been found free by the time that the start comes to Kafka.
    const kafka = createServer((socket) => {
      if (!taken.listening) taken.listen(port, host);
      const through = connect(Number(kafkaPort), host);
      socket.on('error', () => through.destroy());
      through.on('error', () => socket.destroy());
      socket.pipe(through).pipe(socket);
    }).listen(0, host);
    await once(kafka, 'listening');
    t.after(() => kafka.close());
    const bootstrap = `${host}:${(kafka.address() as AddressInfo).port}`;
    const settings = { KAFKA_BROKERS: bootstrap, METRICS_PORT: String(port) };
    const { closed, errors } = await spawnStart(t, [], settings);
    assert.equal((await closed)[0], 1);
    assert.match(errors(), new RegExp(`^ *METRICS_PORT=${port}: another process has begun`, 'm'));
  },
);
