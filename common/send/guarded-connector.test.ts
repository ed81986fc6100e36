// Goal: no request reaches an address that was not checked, whatever a name server says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createTargetGuard } from '../security/target-guard.ts';
import type { Resolve } from '../security/target-guard.ts';
import { aTargetOnEveryAddress } from '../../test/support/target.ts';
import { createSender } from './sender.ts';

const TIMEOUT_MS = 5_000;

function send(t: TestContext, host: string, port: number, allow: string[], resolve?: Resolve) {
  const guard = createTargetGuard(allow, resolve);
  const sender = createSender({ timeoutMs: TIMEOUT_MS, guard });
  t.after(() => sender.close());
  const { origin } = new URL(`http://${host}:${port}`);
  return () => sender.send({ origin, path: '/', headers: [], body: Buffer.from('{}') });
}

test('a name that changes its address is refused at the second connection', async (t) => {
  const { reached, port } = await aTargetOnEveryAddress(t);
  let asked = 0;
  const rebinding: Resolve = () => {
    asked += 1;
    const address = asked === 1 ? '127.0.0.2' : '127.0.0.1';
    return Promise.resolve([{ address, family: 4 }]);
  };
  const post = send(t, 'rebinding.example', port, ['127.0.0.2/32'], rebinding);
  assert.equal((await post()).outcome.kind, 'accepted');
  // One question for one connection: what was checked is what was connected to.
  assert.deepEqual({ asked, reached }, { asked: 1, reached: ['127.0.0.2'] });
  const second = await post();
  assert.deepEqual(second.outcome, { kind: 'unreachable', error: 'target-forbidden' });
  assert.match(second.detail, /rebinding\.example is at 127\.0\.0\.1, not public \(loopback\)/);
  assert.deepEqual({ asked, reached }, { asked: 2, reached: ['127.0.0.2'] });
});

test('one forbidden address among several refuses the name', async (t) => {
  const { reached, port } = await aTargetOnEveryAddress(t);
  const mixed: Resolve = () =>
    Promise.resolve([
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
  const { outcome } = await send(t, 'mixed.example', port, ['127.0.0.2/32'], mixed)();
  assert.deepEqual(outcome, { kind: 'unreachable', error: 'target-forbidden' });
  assert.deepEqual(reached, []);
});

for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '0', '[::ffff:127.0.0.1]', 'localhost']) {
  test(`http://${host}/ is refused, though something listens there`, async (t) => {
    const { reached, port } = await aTargetOnEveryAddress(t);
    const { outcome } = await send(t, host, port, [])();
    assert.deepEqual(outcome, { kind: 'unreachable', error: 'target-forbidden' });
    assert.deepEqual(reached, []);
  });
}

test('an allowed network is reached by address and by name', async (t) => {
  const { port } = await aTargetOnEveryAddress(t);
  const allow = ['127.0.0.0/8', '::1/128'];
  assert.equal((await send(t, '127.0.0.1', port, allow)()).outcome.kind, 'accepted');
  assert.equal((await send(t, 'localhost', port, allow)()).outcome.kind, 'accepted');
});

test('a name without an address fails as names do', async (t) => {
  const { outcome } = await send(t, 'none.example', 80, [], () => Promise.resolve([]))();
  assert.deepEqual(outcome, { kind: 'unreachable', error: 'dns' });
});

test('connections that begin at once ask for their name once, and each is led by the answer', async (t) => {
  const { reached, port } = await aTargetOnEveryAddress(t);
  const waiting = Promise.withResolvers<void>();
  let asked = 0;
  const slow: Resolve = async () => {
    asked += 1;
    await waiting.promise;
    return [{ address: '127.0.0.2', family: 4 }];
  };
  const guard = createTargetGuard(['127.0.0.2/32'], slow);
  const sender = createSender({ timeoutMs: TIMEOUT_MS, guard });
  t.after(() => sender.close());
  const origin = `http://slow.example:${port}`;
  const request = { origin, path: '/', headers: [], body: Buffer.from('{}') };
  const all = Array.from({ length: 10 }, () => sender.send(request));
  waiting.resolve();
  for (const { outcome } of await Promise.all(all)) assert.equal(outcome.kind, 'accepted');
  assert.ok(asked <= 2, `${asked} questions`);
  assert.equal(reached.length, 10);
  const before = asked;
  await sender.send(request);
  assert.equal(asked, before + 1, 'a later connection asks again');
});
