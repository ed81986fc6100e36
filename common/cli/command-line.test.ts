// Every command as npm runs it: help only helps, and what npm keeps for itself is noticed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fixedPort } from '../../test/support/fixed-port.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { until } from '../../test/support/until.ts';

const ROOT = join(import.meta.dirname, '../..');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
/** Commands of other software, which have a help of their own, or none. */
const NOT_OURS = ['check', 'lint', 'typecheck', 'format', 'test:unit', 'test:chaos'];
const OURS = Object.entries(scripts).filter(([name]) => !NOT_OURS.includes(name));

/** Runs a line of the shell in the root, with a data folder of its own and no settings. */
function shell(t: TestContext, line: string, settings: Record<string, string> = {}) {
  const dataDir = tempDir(t);
  const nowhere = { DATA_DIR: dataDir, PORT: '1', CONSOLE_PORT: '2', RECEIVER_PORT: '3' };
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const env = {
    PATH: `${join(ROOT, 'node_modules/.bin')}:${PATH}`,
    HOME,
    NODE_COMPILE_CACHE,
    ...nowhere,
    ...settings,
  };
  const ended = Promise.withResolvers<{ code: number; out: string; err: string }>();
  const child = execFile('/bin/sh', ['-c', line], { env, cwd: ROOT }, (error, out, err) =>
    ended.resolve({ code: Number(error?.code ?? 0), out, err }),
  );
  t.after(() => child.kill('SIGKILL'));
  return { child, dataDir, ended: ended.promise };
}

test('the help of every command shows examples, exits with 0 and does nothing else', async (t) => {
  const runs = OURS.map(([name, command]) => ({ name, ...shell(t, `${command} --help`) }));
  for (const { name, dataDir, ended } of runs) {
    const { code, out, err } = await ended;
    assert.equal(code, 0, `${name}: ${err}`);
    assert.equal(err, '', name);
    // `npm test` has the examples of `test:tools` as well, which is the same program.
    const example = `^\\S.*\\.\n\n( {2}npm .*\n)*? {2}npm (run )?${name}(?![:\\w])`;
    assert.match(out, new RegExp(example), name);
    assert.deepEqual(readdirSync(dataDir), [], name);
  }
});

test('a tool and a role refuse an option that they do not have', async (t) => {
  for (const file of ['console/cli/status.ts', 'producer/main.ts']) {
    const { code, out, err } = await shell(t, `node ${file} --colour`).ended;
    assert.equal(code, 1, file);
    assert.match(err, /^--colour: there is no such option; allowed: .*--help/, file);
    assert.equal(out, '', file);
  }
});

const kept: readonly [line: string, meant: string][] = [
  ['npm run redrive --rate 5', 'npm run redrive -- --rate 5'],
  ['npm run reset --to earliest --dry-run', 'npm run reset -- --to earliest --dry-run'],
  ['npm start --consumers 3', 'npm start -- --consumers 3'],
];
test('an option that npm kept for itself is refused, with the line that was meant', async (t) => {
  for (const [line, meant] of kept) {
    const { ended, dataDir } = shell(t, line);
    const { code, err } = await ended;
    assert.equal(code, 1, line);
    const written = err.match(/^Write it behind two dashes: (.*)$/m)?.[1];
    // The order of the options is that of npm.
    assert.deepEqual(written?.split(' ').sort(), meant.split(' ').sort(), `${line}: ${err}`);
    assert.deepEqual(readdirSync(dataDir), [], line);
  }
});

test('an option in a .npmrc is nothing that npm kept', async (t) => {
  const npmrc = join(tempDir(t), 'npmrc');
  writeFileSync(npmrc, 'json=true\n');
  const { err } = await shell(t, 'npm run status', { npm_config_userconfig: npmrc }).ended;
  assert.match(err, /^Nothing answers at /m);
});

test('a bare redrive without a terminal puts nothing back and says what to add', async (t) => {
  const { code, out, err } = await shell(t, 'node console/cli/redrive.ts').ended;
  assert.equal(code, 1);
  assert.equal(out, '');
  assert.match(err, /nothing was put back\. For every dead letter: npm run redrive -- --all/);
});

/** Answers every request like a console that has nothing to do. */
async function anApi(t: TestContext): Promise<string> {
  const server = createServer((_request, response) => {
    response.end(JSON.stringify({ inbox: '/nowhere', text: 'x'.repeat(1_000) }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close().closeAllConnections());
  return String((server.address() as AddressInfo).port);
}

test('a command whose reader has gone ends without a word', async (t) => {
  const port = await anApi(t);
  const status = 'node console/cli/status.ts --watch --json | head -n 1 >/dev/null';
  assert.deepEqual(await shell(t, status, { PORT: port }).ended, { code: 0, out: '', err: '' });
  assert.equal((await shell(t, 'node infra/start.ts --help | true').ended).err, '');
});

test('a generator whose reader has gone leaves nothing behind', async (t) => {
  const folder = tempDir(t);
  const line = `node infra/tools/generate.ts --size 1TB --out ${folder}/a.csv 2>&1 | true`;
  assert.deepEqual(await shell(t, line).ended, { code: 0, out: '', err: '' });
  assert.deepEqual(readdirSync(folder), []);
});

test('a role whose reader has gone stops in order with its next line', async (t) => {
  const port = await fixedPort('127.0.0.1');
  const settings = { RECEIVER_PORT: String(port) };
  const { ended } = shell(t, 'node receiver/main.ts 2>&1 | head -n 1', settings);
  const setMode = () => {
    const body = JSON.stringify({ mode: 'ok' });
    return fetch(`http://127.0.0.1:${port}/mode`, { method: 'POST', body });
  };
  // Each change of the mode is a line; the reader goes after the first of all lines.
  const isGone = async () =>
    !(await setMode().then(
      () => true,
      () => false,
    ));
  await until(async () => !(await isGone()));
  await until(isGone);
  assert.match((await ended).out, /^\{.*receiver\.started.*\}\n$/);
});
