// Real tools bring files into the inbox of one running producer, each broken off in the middle and
// gone on with: no row is lost, none is delivered twice, none of a file that is not whole.
// Not part of `npm test`, as most machines lack some of the tools: `npm run test:tools`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseFileProgress } from '../../common/model/file-progress.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { ftpServer, programPath, sshServer } from '../support/daemons.ts';
import { aDeliverySystem } from '../support/delivery.ts';
import type { DeliverySystem } from '../support/delivery.ts';
import { fileServer } from '../support/file-server.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';
import { WAYS } from './commands.ts';
import type { Way } from './commands.ts';

const ROWS = 150;
/** So long that a cut just behind a row, which nobody can tell from a whole file, is improbable. */
const MESSAGE_BYTES = 3_989;
/** Longer than SETTLE_MS, shorter than MAX_UNFINISHED_LINE_WAIT; both have their real defaults. */
const PAUSE_MS = 5_000;

interface Place {
  readonly at: (...parts: string[]) => string;
  readonly env: Readonly<Record<string, string>>;
}

interface Running {
  readonly output: () => string;
  readonly ended: Promise<number | null>;
  /** Ends the tool and all that it started. */
  kill(): Promise<void>;
}

function run(t: TestContext, command: string, env: Readonly<Record<string, string>>): Running {
  const child = spawn('sh', ['-c', command], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const chunks: string[] = [];
  child.stdout.on('data', (chunk) => chunks.push(String(chunk)));
  child.stderr.on('data', (chunk) => chunks.push(String(chunk)));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const kill = async () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGKILL');
    }
    await ended;
  };
  t.after(kill);
  return { output: () => chunks.join(''), ended, kill };
}

/** Runs a way to its end, with a break in the middle. */
async function bring(t: TestContext, way: Way, name: string, { at, env }: Place): Promise<string> {
  const mine = (folder: string) => readdirSync(at(folder)).filter((one) => one.includes(name));
  const seen = () =>
    mine('inbox')
      .map((one) => ({ one, info: statSync(at('inbox', one), { throwIfNoEntry: false }) }))
      .map(({ one, info }) => `${one} ${info?.isFile() ? `${info.size} bytes` : 'no file'}`);
  const bytes = () => Math.max(0, ...seen().map((text) => Number(/ (\d+) bytes$/.exec(text)?.[1])));
  const taken = () => ['processing', 'done', 'failed'].flatMap(mine);

  const http = (how: string) => `${env['HTTP']}/${how}/${name}`;
  const urls = { SLOW: http('slow'), CUT: http('cut') };
  const all = { ...env, ...urls, NAME: name, SOURCE: at('sources', name) };
  let running = run(t, way.first, all);
  await until(() => bytes() > (ROWS * MESSAGE_BYTES) / 3, {
    describe: () => [running.output(), seen()],
  });
  assert.deepEqual(taken(), [], 'taken while the tool was writing');
  if (!way.isCutByServer) {
    await running.kill();
    assert.equal(await running.ended, null, `it ended before the break: ${running.output()}`);
    await sleep(PAUSE_MS);
    assert.deepEqual(taken(), [], 'taken when the tool was killed');
  }
  const between = seen().join(', ');
  if (!way.isCutByServer) running = run(t, way.then ?? way.first, all);
  assert.equal(await running.ended, 0, running.output());
  await until(() => existsSync(at('done', name)), {
    describe: () => [running.output(), seen(), taken()],
  });
  if (way.isMove) {
    assert.equal(existsSync(join(all.SOURCE, name)), false, 'the source is still there');
  }
  assert.deepEqual(mine('inbox'), [], 'something was left in the inbox');
  return between === '' ? 'nothing' : between;
}

async function aPlace(t: TestContext): Promise<Place & { system: DeliverySystem }> {
  const dataDir = tempDir(t);
  const at = (...parts: string[]) => join(dataDir, ...parts);
  for (const folder of ['inbox', 'sources', 'settings']) mkdirSync(at(folder));
  const system = await aDeliverySystem(t, { DATA_DIR: dataDir, PORT: '0' });
  const ssh = await sshServer(t, at('settings'));
  const ftp = await ftpServer(t, at('settings'), at('inbox'));
  const http = await fileServer(t, at('sources'));
  const env = {
    // Tools read no settings of the user's.
    HOME: at('settings'),
    INBOX: at('inbox'),
    HTTP: http,
    SSH: ssh?.config ?? '',
    RCLONE: ssh?.rclone ?? '',
    FTP: ftp ?? '',
  };
  return { at, env, system };
}

const messageOf = (row: number) => `${row} `.padEnd(MESSAGE_BYTES, 'm');

test(
  'each tool, broken off and gone on with, brings each row once',
  { concurrency: 8 },
  async (t) => {
    const { at, env, system } = await aPlace(t);
    const nameOf = (title: string) => `${title.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}-way.csv`;
    const ways = Object.entries(WAYS).map(([title, way]) => {
      const missing = way.needs.filter((tool) => programPath(tool) === null);
      return { title, way, name: nameOf(title), missing };
    });
    for (const { name } of ways) {
      const rows = Array.from({ length: ROWS }, (_, index) => `${name},${messageOf(index + 1)}\n`);
      mkdirSync(at('sources', name));
      writeFileSync(at('sources', name, name), `user_id,alert_message\n${rows.join('')}`);
    }
    const producer = system.start('producer');
    await until(() => existsSync(at('done')), { describe: () => producer.output().slice(-2_000) });
    await Promise.all(
      ways.map(({ title, way, name, missing }) =>
        t.test(
          title,
          { skip: missing.length > 0 && `not installed: ${missing.join(', ')}` },
          async (t) => t.diagnostic(`in the break: ${await bring(t, way, name, { at, env })}`),
        ),
      ),
    );

    const here = ways.filter(({ missing }) => missing.length === 0);
    assert.ok(here.length > 0, 'none of the tools is installed');
    const delivered = new Map<string, string[]>();
    for (const { value } of await system.records(system.names.bulkDeliveries)) {
      const { userId, alertMessage } = JSON.parse(String(value)) as Record<string, string>;
      const rows = delivered.get(String(userId)) ?? [];
      delivered.set(String(userId), rows);
      rows.push(String(alertMessage));
    }
    const files = new Map<string, FileProgress>();
    for (const { value } of await system.records(system.names.fileProgress)) {
      const progress = parseFileProgress(String(value));
      if (progress) files.set(progress.id, progress);
    }
    for (const { title, name } of here) {
      const expected = Array.from({ length: ROWS }, (_, index) => messageOf(index + 1));
      assert.deepEqual(delivered.get(name) ?? [], expected, title);
      const [file, ...others] = [...files.values()].filter((one) => one.name === name);
      assert.deepEqual([file?.state, file?.rows, file?.warnings], ['done', ROWS, []], title);
      assert.deepEqual(others, [], `${title}: several files`);
    }
  },
);
