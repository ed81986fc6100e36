// Goal: https targets are reached through the proxy, as safely as without it, and a proxy that
// fails is named, and nothing else is blamed.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { aCertificate } from '../../bench/certificate.ts';
import { listening } from '../../test/support/listening.ts';
import { aProxy } from '../../test/support/proxy.ts';
import { createTargetGuard } from '../security/target-guard.ts';
import { bypassesProxy, connectRequest } from './proxy.ts';
import { targetOf } from './target.ts';
import { createSender } from './sender.ts';
import type { SenderOptions } from './sender.ts';

const target = aCertificate('target.example');
const proxyCertificate = aCertificate('localhost');
setDefaultCACertificates([...getCACertificates('default'), target.cert, proxyCertificate.cert]);

/** A target that many connections reach under a name that no name server knows. */
async function aTlsTarget(t: TestContext) {
  let connections = 0;
  const bodies: string[] = [];
  const server = createServer(target, (request, response) => {
    request.on('data', (chunk) => bodies.push(String(chunk)));
    request.on('end', () => response.end('thanks'));
  });
  server.on('secureConnection', () => (connections += 1));
  const port = await listening(t, server);
  return { bodies, port, origin: `https://target.example:${port}`, opened: () => connections };
}

function aSender(t: TestContext, proxy: string, more: Partial<SenderOptions> = {}) {
  const sender = createSender({
    ...{ timeoutMs: 5_000, guard: null, keepsExcerpt: true },
    proxy: { url: new URL(proxy), bypass: [] },
    ...more,
  });
  t.after(() => sender.close());
  return (origin: string, body = '{}') =>
    sender.send({ origin, path: '/', headers: [], body: Buffer.from(body) });
}

test('a tunnel serves one request after the other, with the proxy user and nothing else of ours', async (t) => {
  const { origin, port, bodies, opened } = await aTlsTarget(t);
  const { asked, host } = await aProxy(t);
  const post = aSender(t, `http://shop:p%40ss@${host}`);
  for (let n = 0; n < 3; n += 1) {
    const { outcome, excerpt } = await post(origin, `${n}`.repeat(70_000));
    assert.deepEqual([outcome, excerpt], [{ kind: 'accepted', status: 200 }, 'thanks']);
  }
  const authorization = `Basic ${Buffer.from('shop:p@ss').toString('base64')}`;
  assert.deepEqual(asked, [{ authority: `target.example:${port}`, authorization }]);
  assert.deepEqual([opened(), bodies.join('').length], [1, 210_000]);
});

test('a proxy that speaks TLS itself', async (t) => {
  const { origin } = await aTlsTarget(t);
  const { host } = await aProxy(t, { certificate: proxyCertificate });
  const post = aSender(t, `https://localhost:${host.split(':')[1]}`);
  const all = await Promise.all([1, 2, 3].map((n) => post(origin, `${n}`.repeat(100_000))));
  assert.deepEqual(
    all.map(({ outcome }) => outcome.kind),
    ['accepted', 'accepted', 'accepted'],
  );
});

test('of a guarded target the proxy gets the address that was checked, or nothing', async (t) => {
  const { origin, port } = await aTlsTarget(t);
  const { asked, host } = await aProxy(t);
  const answers = ['127.0.0.1', '10.0.0.7'];
  const guard = createTargetGuard(['127.0.0.0/8'], () =>
    Promise.resolve([{ address: answers.shift() ?? '', family: 4 }]),
  );
  const post = aSender(t, `http://${host}`, { guard, connectionMaxAgeMs: 0 });
  assert.equal((await post(origin)).outcome.kind, 'accepted');
  const rebound = await post(origin);
  assert.deepEqual(rebound.outcome, { kind: 'unreachable', error: 'target-forbidden' });
  assert.match(rebound.detail, /target\.example is at 10\.0\.0\.7, not public/);
  const literal = await post('https://192.168.0.1');
  assert.deepEqual(literal.outcome, { kind: 'unreachable', error: 'target-forbidden' });
  assert.deepEqual(
    asked.map(({ authority }) => authority),
    [`127.0.0.1:${port}`],
  );
});

for (const [status, error, says] of [
  [407, 'proxy', /^the proxy http:\/\/[\d.:]+ answered 407 to CONNECT; give user and password/],
  [403, 'proxy', /answered 403 to CONNECT$/],
  [502, 'network', /answered 502 to CONNECT: it cannot reach the target$/],
] as const) {
  test(`a proxy that answers ${status} is a failure of kind ${error}, and is named`, async (t) => {
    const { host } = await aProxy(t, { refuses: () => status });
    const { outcome, detail } = await aSender(t, `http://u:hunter2@${host}`)('https://a.example');
    assert.deepEqual(outcome, { kind: 'unreachable', error });
    assert.match(detail, says);
    assert.ok(!detail.includes('hunter2'));
  });
}

test('a proxy that is down, closes, babbles or is silent is what is named', async (t) => {
  const proxies: [title: string, listener: (socket: Socket) => void][] = [
    ['is silent', () => {}],
    ['closes', (socket) => void socket.end()],
    ['babbles', (socket) => void socket.end('220 mail ESMTP\r\n\r\n')],
    ['floods', (socket) => void socket.write('x'.repeat(20_000))],
  ];
  for (const [title, listener] of proxies) {
    const sockets: Socket[] = [];
    const server = createTcpServer((socket) => {
      sockets.push(socket.on('error', () => {}));
      listener(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    for (const scheme of ['http', 'https']) {
      const post = aSender(t, `${scheme}://127.0.0.1:${port}`, { timeoutMs: 300 });
      const { outcome, detail } = await post('https://a.example');
      const how = `${scheme}, ${title}`;
      assert.deepEqual(outcome, { kind: 'unreachable', error: 'proxy' }, how);
      assert.match(detail, /^the proxy https?:\/\/127\.0\.0\.1:\d+ /, how);
    }
  }
  const { host, close } = await aProxy(t);
  close();
  const { outcome, detail } = await aSender(t, `http://${host}`)('https://a.example');
  assert.deepEqual(outcome, { kind: 'unreachable', error: 'proxy' });
  assert.match(detail, /^the proxy http:\/\/[\d.:]+ cannot be used: connect ECONNREFUSED/);
});

test('a target that fails behind the tunnel is blamed itself', async (t) => {
  const { host } = await aProxy(t);
  const server = createTcpServer((socket) => void socket.on('error', () => {}).end('no TLS\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { outcome } = await aSender(t, `http://${host}`)(`https://target.example:${port}`);
  assert.deepEqual(outcome, { kind: 'unreachable', error: 'tls' });
});

test('a proxy gets the IPv4 address of a target that has both', async (t) => {
  const { origin, port } = await aTlsTarget(t);
  const { asked, host } = await aProxy(t);
  const both = [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ];
  const guard = createTargetGuard(['127.0.0.0/8', '::1/128'], () => Promise.resolve(both));
  assert.equal((await aSender(t, `http://${host}`, { guard })(origin)).outcome.kind, 'accepted');
  assert.equal(asked[0]?.authority, `127.0.0.1:${port}`);
});

test('an http target, and https on this machine, are reached without the proxy', async (t) => {
  const { port } = await aTlsTarget(t);
  const { asked, host } = await aProxy(t);
  const here = [{ address: '127.0.0.1', family: 4 }];
  const guard = createTargetGuard(['127.0.0.0/8'], () => Promise.resolve(here));
  const plain = createPlainServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  t.after(() => void plain.close());
  const { port: plainPort } = plain.address() as AddressInfo;
  const guarded = aSender(t, `http://${host}`, { guard });
  const direct = await guarded(`http://target.example:${plainPort}`);
  assert.deepEqual(direct.outcome, { kind: 'accepted', status: 200 });
  const post = aSender(t, `http://${host}`);
  const { outcome } = await post(`https://127.0.0.1:${port}`);
  assert.deepEqual(outcome, { kind: 'unreachable', error: 'tls' }, 'it has no such name');
  assert.deepEqual(asked, []);
});

for (const [origin, bypass, isBypassed] of [
  ['https://a.example', [], false],
  ['https://localhost', [], true],
  ['https://[::1]:8443', [], true],
  ['https://a.example', ['*'], true],
  ['https://a.example', ['a.example'], true],
  ['https://x.A.example.', ['.a.example'], true],
  ['https://x.a.example', ['*.a.example'], true],
  ['https://ba.example', ['a.example'], false],
  ['https://a.example:8443', ['a.example:8443'], true],
  ['https://a.example', ['a.example:8443'], false],
  ['https://10.1.2.3', ['10.0.0.0/8'], true],
  ['https://11.1.2.3', ['10.0.0.0/8', '11.1.2.3'], true],
  ['https://a.example', ['10.0.0.0/8'], false],
  ['https://[fd00::1]', ['fd00::/8'], true],
  ['https://[fd00::1]', ['fd00::1'], true],
  ['https://[fd00::1]', ['[FD00:0::1]'], true],
  ['https://[fd00::1]:8443', ['[fd00::1]:8443'], true],
  ['https://[fd00::1]', ['[fd00::1]:8443'], false],
  ['https://a.example', ['a.example.'], true],
  ['https://10.1.2.3:8443', ['10.1.2.3:8443'], true],
] as const) {
  const how = isBypassed ? 'directly' : 'through the proxy';
  test(`${origin} is reached ${how} with NO_PROXY=${bypass.join(',')}`, () => {
    assert.equal(bypassesProxy(targetOf(origin), bypass), isBypassed);
  });
}

test('an IPv6 target has brackets in the request for a tunnel', () => {
  const proxy = { url: new URL('http://proxy:3128'), bypass: [] };
  const authority = '[2001:db8::1]:443';
  assert.equal(
    connectRequest(proxy, '2001:db8::1', 443),
    `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`,
  );
});
