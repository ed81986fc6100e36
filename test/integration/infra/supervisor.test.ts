// Goal: roles are kept running, stop in order when asked, and never outlive their supervisor.
// The roles are small scripts; everything else is what `npm start` runs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../../common/base/logger.ts';
import { startSupervisor } from '../../../infra/supervisor.ts';
import type { RoleSpec } from '../../../infra/supervisor.ts';
import { isRunning, pidsWith } from '../../support/processes.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

const options = { timeout: 60_000 };

/** Says what happens to it, and ends as its second argument tells. */
const FAKE_ROLE = `
const [, , mode] = process.argv;
process.on('SIGTERM', () => {
  console.log('asked');
  if (mode === 'deaf') return;
  setTimeout(() => { console.log('drained'); process.exit(0); }, 300);
});
console.log('up ' + process.pid);
if (mode === 'crash') process.exit(3);
setInterval(() => {}, 1_000);
`;

type Mode = 'good' | 'crash' | 'deaf';

function fakeRoles(t: TestContext) {
  const script = join(tempDir(t), 'fake-role.mjs');
  writeFileSync(script, FAKE_ROLE);
  const role = (name: string, mode: Mode = 'good'): RoleSpec => {
    return { name, command: process.execPath, args: [script, mode], env: {} };
  };
  return { role, pids: () => pidsWith(script) };
}

/** Our own process as supervisor. */
function supervise(t: TestContext, stages: RoleSpec[][], graceMs = 5_000) {
  const lines: { text: string; atMs: number }[] = [];
  const warnings: string[] = [];
  const logger = createLogger('test', 'silent');
  logger.warn = (_fields: unknown, text?: string) => void warnings.push(String(text));
  const onLine = (role: string, line: string) =>
    void lines.push({ text: `${role} ${line}`, atMs: performance.now() });
  const supervisor = startSupervisor({ stages, logger, onLine, graceMs });
  t.after(() => supervisor.kill());
  return { supervisor, lines, warnings, has: (part: string) => count(lines, part) > 0 };
}

/** Nothing of ours may be left at the prompt: not even what watches over a process. */
const nothingLeft = (pids: () => number[]) => assert.deepEqual(pids(), []);

/** A signal that has been sent still needs a moment. */
const gone = (pids: () => number[]) =>
  until(() => pids().length === 0, { timeoutMs: 5_000, describe: pids });

const count = (lines: readonly { text: string }[], part: string) =>
  lines.filter(({ text }) => text.includes(part)).length;

/** A process of its own as supervisor. */
function spawnSupervisor(t: TestContext, stages: RoleSpec[][], graceMs: number) {
  const script = join('test', 'support', 'supervise.ts');
  const child = spawn(process.execPath, [script, JSON.stringify({ stages, graceMs })], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, LOG_LEVEL: 'silent' },
  });
  t.after(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const closed = once(child, 'close') as Promise<[number | null]>;
  const upCount = () => lines.filter((line) => line.includes(' up ')).length;
  return { child, lines, closed, upCount };
}

test('a role that crashes is started again after 1 s, then after 2 s', options, async (t) => {
  const { role } = fakeRoles(t);
  const { lines, supervisor } = supervise(t, [[role('bad', 'crash'), role('good')]]);
  await until(() => count(lines, 'bad up') === 3);
  const [first, second, third] = lines.filter(({ text }) => text.startsWith('bad up'));
  assert.ok(first && second && third);
  const gaps = [second.atMs - first.atMs, third.atMs - second.atMs];
  assert.ok((gaps[0] as number) >= 990 && (gaps[1] as number) >= 1_990, String(gaps));
  assert.equal(count(lines, 'good up'), 1, 'the other role was left alone');
  await supervisor.stop();
});

test('a role that is killed with -9 comes back as another process', options, async (t) => {
  const { role } = fakeRoles(t);
  const { supervisor, has } = supervise(t, [[role('one')]]);
  await until(() => has('one up'));
  const pid = supervisor.pids.get('one') as number;
  process.kill(pid, 'SIGKILL');
  await until(() => (supervisor.pids.get('one') ?? pid) !== pid);
  await supervisor.stop();
  assert.equal(isRunning(pid), false);
});

test('a stop while a restart is awaited starts nothing any more', options, async (t) => {
  const { role, pids } = fakeRoles(t);
  const { supervisor, lines } = supervise(t, [[role('bad', 'crash')]]);
  await until(() => count(lines, 'bad up') === 1 && supervisor.pids.size === 0);
  await supervisor.stop();
  assert.equal(count(lines, 'bad up'), 1);
  nothingLeft(pids);
});

test('roles stop stage by stage, each after the one before has drained', options, async (t) => {
  const { role, pids } = fakeRoles(t);
  const { supervisor, lines } = supervise(t, [
    [role('producer')],
    [role('consumer-1'), role('consumer-2')],
    [role('receiver')],
  ]);
  await until(() => count(lines, ' up ') === 4);
  await supervisor.stop();
  const stops = lines.map(({ text }) => text).filter((text) => !text.includes(' up '));
  assert.deepEqual(stops.slice(0, 2), ['producer asked', 'producer drained']);
  assert.deepEqual(stops.slice(2, 4).sort(), ['consumer-1 asked', 'consumer-2 asked']);
  assert.deepEqual(stops.slice(4, 6).sort(), ['consumer-1 drained', 'consumer-2 drained']);
  assert.deepEqual(stops.slice(6), ['receiver asked', 'receiver drained']);
  nothingLeft(pids);
});

test('a role that does not drain in time is killed, and that is said', options, async (t) => {
  const { role, pids } = fakeRoles(t);
  const { supervisor, has, warnings } = supervise(t, [[role('deaf', 'deaf')]], 1_000);
  await until(() => has('deaf up'));
  await supervisor.stop();
  assert.deepEqual(warnings, ['process.killed-after-grace']);
  nothingLeft(pids);
});

test('SIGTERM drains every role, and the exit code is 0', options, async (t) => {
  const { role, pids } = fakeRoles(t);
  const { child, lines, closed, upCount } = spawnSupervisor(t, [[role('a')], [role('b')]], 5_000);
  await until(() => upCount() === 2);
  child.kill('SIGTERM');
  assert.equal((await closed)[0], 0);
  assert.deepEqual(lines.slice(2), ['a asked', 'a drained', 'b asked', 'b drained']);
  nothingLeft(pids);
});

test('kill -9 of the supervisor drains the roles and kills a deaf one', options, async (t) => {
  const { role, pids } = fakeRoles(t);
  const stages = [[role('good'), role('deaf', 'deaf')]];
  const { child, upCount } = spawnSupervisor(t, stages, 2_000);
  await until(() => upCount() === 2);
  child.kill('SIGKILL');
  await gone(pids);
});

test('two signals of one key press drain; a later one ends all at once', options, async (t) => {
  const { role, pids } = fakeRoles(t);
  const { child, closed, lines, upCount } = spawnSupervisor(t, [[role('deaf', 'deaf')]], 30_000);
  await until(() => upCount() === 1);
  child.kill('SIGINT');
  child.kill('SIGINT');
  await until(() => lines.includes('deaf asked'));
  await sleep(1_200); // longer than a key press counts
  assert.equal(child.exitCode, null, 'still waiting for the drain');
  child.kill('SIGINT');
  assert.equal((await closed)[0], 130);
  await gone(pids);
});
