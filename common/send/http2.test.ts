// Goal: a target that speaks HTTP/2 only, or would rather, is delivered to in HTTP/2.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
// Loaded here, as the first connection of a process loads it, and a busy machine takes its time.
import 'undici';
import { aCertificate } from '../../bench/certificate.ts';
import { createTargetGuard } from '../security/target-guard.ts';
import { createSender } from './sender.ts';

const certificate = aCertificate('target.example');
setDefaultCACertificates([...getCACertificates('default'), certificate.cert]);

type Answer = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

async function aReceiver(t: TestContext, allowHTTP1: boolean, answer: Answer) {
  const server: Http2SecureServer = createSecureServer({ ...certificate, allowHTTP1 }, answer);
  let connections = 0;
  const sessions = new Set<{ destroy(): void }>();
  server.on('secureConnection', () => (connections += 1));
  server.on('session', (session) => sessions.add(session));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const guard = createTargetGuard(['127.0.0.0/8'], () =>
    Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  );
  const sender = createSender({ timeoutMs: 1_500, guard });
  t.after(() => sender.close());
  const origin = `https://target.example:${(server.address() as AddressInfo).port}`;
  const post = (path = '/') =>
    sender.send({ origin, path, headers: ['webhook-id', 'a'], body: Buffer.from('{"a":1}') });
  return { post, sessions, connections: () => connections };
}

for (const [title, allowHTTP1] of [
  ['speaks HTTP/2 only', false],
  ['chooses HTTP/2', true],
] as const) {
  test(`a target that ${title} gets each request whole, over one connection`, async (t) => {
    const received: unknown[] = [];
    const { post, connections } = await aReceiver(t, allowHTTP1, (request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        const { httpVersion, method, url, headers } = request;
        received.push([httpVersion, method, url, headers['webhook-id'], body]);
        response.writeHead(url === '/busy' ? 503 : 204, { 'retry-after': '7' });
        response.end(url === '/busy' ? 'later' : '');
      });
    });
    assert.deepEqual((await post('/a?b')).outcome, { kind: 'accepted', status: 204 });
    const refused = await post('/busy');
    assert.deepEqual(refused.outcome, { kind: 'refused', status: 503, retryAfterMs: 7_000 });
    assert.equal(refused.excerpt, 'later');
    assert.deepEqual((await post()).outcome, { kind: 'accepted', status: 204 });
    const each = (url: string) => ['2.0', 'POST', url, 'a', '{"a":1}'];
    assert.deepEqual(received, [each('/a?b'), each('/busy'), each('/')]);
    assert.equal(connections(), 1);
  });
}

test('HTTP/2: an end of the session between two requests costs no attempt', async (t) => {
  const { post, sessions, connections } = await aReceiver(t, false, (_, response) =>
    response.end(),
  );
  assert.equal((await post()).outcome.kind, 'accepted');
  for (const session of sessions) session.destroy();
  const second = await post();
  assert.equal(second.outcome.kind, 'accepted', second.detail);
  assert.equal(connections(), 2);
});

test('HTTP/2: silence, a reset stream and an endless body', async (t) => {
  const { post } = await aReceiver(t, false, ({ url, stream }, response) => {
    if (url === '/resets') stream.close(2);
    else if (url === '/endless') {
      response.writeHead(500);
      response.write('why?'.repeat(50_000));
    }
  });
  const [silent, reset, endless] = await Promise.all([post(), post('/resets'), post('/endless')]);
  assert.deepEqual(silent.outcome, { kind: 'unreachable', error: 'timeout' });
  assert.equal(reset.outcome.kind, 'unreachable');
  assert.deepEqual(endless.outcome, { kind: 'refused', status: 500, retryAfterMs: null });
  assert.equal(endless.excerpt, 'why?'.repeat(256));
});
