// Goal: own authorities and our certificate count for every delivery; bad files stop a start.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { aCertificate } from '../../bench/certificate.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { loadConfig } from '../config/config.ts';
import { senderOptions } from './sender-options.ts';
import { createSender } from './sender.ts';

test('a target of an own authority is trusted, and gets our certificate', async (t) => {
  const dir = tempDir(t);
  const [server, client] = [aCertificate('localhost'), aCertificate('hookline.example')];
  const paths = { ca: join(dir, 'ca.pem'), cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  await writeFile(paths.ca, server.cert);
  await writeFile(paths.cert, client.cert);
  await writeFile(paths.key, client.key);
  const clients: unknown[] = [];
  const options = { ...server, ca: client.cert, requestCert: true, rejectUnauthorized: true };
  const target = createServer(options, (request, response) => {
    clients.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN);
    request.resume();
    response.end();
  });
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  t.after(() => {
    target.closeAllConnections();
    target.close();
  });
  const origin = `https://localhost:${(target.address() as AddressInfo).port}`;
  const post = async (env: Record<string, string>) => {
    const sender = createSender({ ...senderOptions(loadConfig(env)), guard: null });
    t.after(() => sender.close());
    const { outcome } = await sender.send({ origin, path: '/', headers: [], body: Buffer.of(1) });
    return outcome.kind === 'unreachable' ? outcome.error : outcome.kind;
  };
  assert.equal(await post({}), 'tls');
  assert.notEqual(await post({ DELIVERY_TLS_CA: paths.ca }), 'accepted', 'it asks for ours');
  const own = { DELIVERY_TLS_CERT: paths.cert, DELIVERY_TLS_KEY: paths.key };
  assert.equal(await post({ ...own, DELIVERY_TLS_CA: paths.ca }), 'accepted');
  assert.deepEqual(clients, ['hookline.example']);
});

test('a file that is missing, holds no PEM, or another key stops the start by its setting', async (t) => {
  const dir = tempDir(t);
  const [one, other] = [aCertificate('a'), aCertificate('b')];
  const path = (name: string) => join(dir, name);
  await writeFile(path('cert.pem'), one.cert);
  await writeFile(path('other.pem'), other.key);
  await writeFile(path('no.pem'), 'hunter2');
  const refusal = (env: Record<string, string>) => () => senderOptions(loadConfig(env));
  assert.throws(
    refusal({ DELIVERY_TLS_CA: path('away.pem') }),
    /^ConfigError.*\n.*DELIVERY_TLS_CA=/,
  );
  assert.throws(refusal({ DELIVERY_TLS_CA: path('no.pem') }), (error: Error) => {
    assert.match(error.message, /DELIVERY_TLS_CA=.*the file holds no PEM; allowed: path of a PEM/);
    return !error.message.includes('hunter2');
  });
  const mixed = { DELIVERY_TLS_CERT: path('cert.pem'), DELIVERY_TLS_KEY: path('other.pem') };
  assert.throws(refusal(mixed), /DELIVERY_TLS_KEY: .*allowed: certificates and their key as PEM/);
});
