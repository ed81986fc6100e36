// Goal: `npm start` says what is wrong before it opens anything, and leaves nothing behind.
// The real infra/start.ts runs here, with an environment of the test's own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { tempDir } from '../../support/temp-dir.ts';

const options = { timeout: 60_000 };

/** Runs a start that is to end by itself. */
async function runStart(
  t: TestContext,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> },
) {
  const child = spawn(process.execPath, [join('infra', 'start.ts'), ...args], {
    env: { DATA_DIR: tempDir(t), PORT: '0', CONSOLE_PORT: '0', RECEIVER_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

test('without any Kafka the start ends with 1 and names the three ways', options, async (t) => {
  const { code, said } = await runStart(t, { env: { PATH: tempDir(t) } });
  assert.equal(code, 1);
  for (const part of ['KAFKA_BROKERS', 'Java 17 or newer and Maven', 'Docker with compose']) {
    assert.ok(said.includes(part), `${part} in: ${said}`);
  }
  assert.match(said, /found: no Java, no Maven/);
});

test('a Java that is too old is named in the message', options, async (t) => {
  const bin = tempDir(t);
  const java = '#!/bin/sh\necho \'java version "1.8.0_402"\' >&2\n';
  writeFileSync(join(bin, 'java'), java, { mode: 0o755 });
  const { code, said } = await runStart(t, { env: { PATH: bin } });
  assert.equal(code, 1);
  assert.match(said, /found: Java 8, no Maven/);
});

test('a download that fails says what Maven said and leaves no half cache', options, async (t) => {
  const [bin, cache] = [tempDir(t), tempDir(t)];
  const java = '#!/bin/sh\necho \'openjdk version "21"\' >&2\n';
  writeFileSync(join(bin, 'java'), java, { mode: 0o755 });
  const maven = '#!/bin/sh\necho "[ERROR] no route to the repository"\nexit 1\n';
  writeFileSync(join(bin, 'mvn'), maven, { mode: 0o755 });
  const { code, said } = await runStart(t, { env: { PATH: bin, XDG_CACHE_HOME: cache } });
  assert.equal(code, 1);
  assert.match(said, /Maven could not get Kafka[^]*no route to the repository/);
  assert.deepEqual(readdirSync(join(cache, 'hookline')), []);
});

test('bad settings are refused by name before anything is opened', options, async (t) => {
  const { code, said } = await runStart(t, { env: { PARTITIONS: 'many', RATE_LIMIT: '-3' } });
  assert.equal(code, 1);
  assert.match(said, /PARTITIONS="many": allowed/);
  assert.match(said, /RATE_LIMIT="-3": allowed/);
});

for (const args of [['--consumers', 'three'], ['--consumers', '0'], ['--verbose']]) {
  test(`"${args.join(' ')}" is refused with the usage`, options, async (t) => {
    const { code, said } = await runStart(t, { args });
    assert.equal(code, 1);
    assert.match(said, /npm start -- --consumers 3/);
    assert.ok(said.includes(args.at(-1) as string), said);
  });
}

test('a port that is taken names the setting to change', options, async (t) => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  t.after(() => blocker.close());
  const port = String((blocker.address() as AddressInfo).port);
  const { code, said } = await runStart(t, { env: { RECEIVER_PORT: port, PORT: '8999' } });
  assert.equal(code, 1);
  assert.match(said, new RegExp(`RECEIVER_PORT=${port}: another process listens`));
  assert.doesNotMatch(said, / PORT=/);
});

test('the port of the console moves aside unless it was asked for', options, async (t) => {
  const blocker = createServer().listen(8081, '127.0.0.1');
  // The port is taken, by whatever program.
  await once(blocker, 'listening').catch(() => undefined);
  t.after(() => blocker.close());
  const env = { PATH: tempDir(t) };
  const moved = await runStart(t, { env: { ...env, CONSOLE_PORT: '' } });
  assert.match(moved.said, /Port 8081 is taken: CONSOLE_PORT=\d+ is used instead/);
  assert.match(moved.said, /found: no Java, no Maven/);
  const asked = await runStart(t, { env: { ...env, CONSOLE_PORT: '8081' } });
  assert.match(asked.said, /CONSOLE_PORT=8081: another process listens/);
});

test('one port for two roles is refused', options, async (t) => {
  const { code, said } = await runStart(t, { env: { PORT: '8998', CONSOLE_PORT: '8998' } });
  assert.equal(code, 1);
  assert.match(said, /CONSOLE_PORT=8998: PORT has that port/);
});

test('a data folder that cannot be made is refused by name', options, async (t) => {
  const file = join(tempDir(t), 'a-file');
  writeFileSync(file, '');
  const { code, said } = await runStart(t, { env: { DATA_DIR: file } });
  assert.equal(code, 1);
  assert.match(said, /DATA_DIR=".*a-file": .*; allowed: a folder/);
});

test('a file in the place of a folder of ours is refused by name', options, async (t) => {
  const dataDir = tempDir(t);
  for (const name of ['log', 'inbox', 'kafka']) writeFileSync(join(dataDir, name), '');
  const { code, said } = await runStart(t, { env: { DATA_DIR: dataDir } });
  assert.equal(code, 1);
  for (const name of ['log', 'inbox', 'kafka']) {
    assert.match(said, new RegExp(`DATA_DIR=".*": .*/${name} is a file; allowed: a folder`));
  }
});
