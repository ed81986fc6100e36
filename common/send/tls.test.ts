// Goal: errors of TLS say what is wrong at the target, and what can be done here.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { aCertificate } from '../../bench/certificate.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { createSender } from './sender.ts';

async function portOf(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const ADD_AUTHORITY = /set DELIVERY_TLS_CA \(or NODE_EXTRA_CA_CERTS\) to the path$/;
const CASES: readonly (readonly [title: string, server: () => Server, says: RegExp])[] = [
  [
    'an HTTP server',
    () => createHttpServer((_, response) => response.end()),
    /^the target does not speak TLS$/,
  ],
  [
    'a mail server',
    () => createServer((socket) => void socket.on('error', () => {}).end('220 mail ESMTP\r\n')),
    /^the target does not speak TLS$/,
  ],
  [
    'a port that closes',
    () => createServer((socket) => void socket.on('error', () => {}).end()),
    /^the target closed the connection during the TLS handshake$/,
  ],
  ['an unknown authority', () => createHttpsServer(aCertificate('localhost')), ADD_AUTHORITY],
  [
    'an expired certificate',
    () => createHttpsServer(aCertificate('localhost', { expired: true })),
    /^certificate has expired$/,
  ],
];
for (const [title, server, says] of CASES) {
  test(`https:// at ${title}`, async (t) => {
    const port = await portOf(t, server());
    const sender = createSender({ timeoutMs: 5_000, guard: null });
    t.after(() => sender.close());
    const origin = `https://localhost:${port}`;
    const request = { origin, path: '/', headers: [], body: Buffer.from('{}') };
    const { outcome, detail, excerpt } = await sender.send(request);
    assert.deepEqual(outcome, { kind: 'unreachable', error: 'tls' });
    assert.match(detail, says);
    assert.doesNotMatch(detail, /openssl|\.c:|Node\.js|--use/);
    assert.equal(excerpt, '');
  });
}

/** Loads the settings as a role does, sends once, and prints what came of it. */
const SEND_ONCE = `
  import { loadConfigOrExit } from ${JSON.stringify(new URL('../process/run-role.ts', import.meta.url).href)};
  import { createSender } from ${JSON.stringify(new URL('sender.ts', import.meta.url).href)};
  loadConfigOrExit();
  const sender = createSender({ timeoutMs: 5_000, guard: null });
  const request = { origin: process.argv[1], path: '/', headers: [], body: Buffer.from('{}') };
  const { outcome, detail } = await sender.send(request);
  await sender.close();
  console.log(outcome.kind, detail);`;

test('NODE_EXTRA_CA_CERTS, also in .env, makes a private authority known, and names must fit', async (t) => {
  const certificate = aCertificate('localhost');
  const server = createHttpsServer(certificate, (_, response) => response.end());
  const port = await portOf(t, server);
  const cwd = tempDir(t);
  const file = join(cwd, 'ca.pem');
  await writeFile(file, certificate.cert);
  const { NODE_EXTRA_CA_CERTS: _own, ...environment } = process.env;
  const send = async (host: string, more: Record<string, string> = {}) => {
    const args = ['--input-type=module', '-e', SEND_ONCE, `https://${host}:${port}`];
    const options = { cwd, env: { ...environment, ...more } };
    return (await promisify(execFile)(process.execPath, args, options)).stdout.trim();
  };
  const given = { NODE_EXTRA_CA_CERTS: file };
  const [without, by, other] = await Promise.all([
    send('localhost'),
    send('localhost', given),
    send('127.0.0.1', given),
  ]);
  assert.match(without, /^unreachable .*NODE_EXTRA_CA_CERTS/);
  assert.equal(by, 'accepted');
  assert.match(other, /^unreachable .*does not match certificate's altnames/);
  await writeFile(join(cwd, '.env'), `NODE_EXTRA_CA_CERTS=${file}\n`);
  assert.equal(await send('localhost'), 'accepted');
  await writeFile(join(cwd, '.env'), 'NODE_EXTRA_CA_CERTS=/none.pem\n');
  await assert.rejects(
    send('localhost'),
    /NODE_EXTRA_CA_CERTS="\/none\.pem": ENOENT.*allowed: the path/,
  );
});
