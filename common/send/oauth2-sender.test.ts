// Goal: requests carry a token that is good, fetched once for all and as safely as a delivery goes,
// and a token server that fails costs the target nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { CLIENT, anOAuth2Server } from '../../test/support/oauth2-server.ts';
import { aTarget } from '../../test/support/target.ts';
import { until } from '../../test/support/until.ts';
import { createTargetGuard } from '../security/target-guard.ts';
import { OAuth2Sender } from './oauth2-sender.ts';
import { createSender } from './sender.ts';
import type { SenderOptions } from './sender.ts';

const UNAUTHORIZED = { kind: 'refused', status: 401, retryAfterMs: null };
const ACCEPTED = { kind: 'accepted', status: 200 };
const NO_TOKEN = { kind: 'unreachable', error: 'token-server' };

async function aSystem(t: TestContext, options: Partial<SenderOptions> = {}) {
  const server = await anOAuth2Server(t);
  const revoked = new Set<string>();
  const target = await aTarget(t, ({ headers }, response) => {
    const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
    const isGood = token.startsWith('token-') && !revoked.has(token) && !revoked.has('all');
    response.statusCode = isGood ? 200 : 401;
    response.end(`you said ${headers.authorization}`);
  });
  const given = { timeoutMs: 2_000, guard: null, keepsExcerpt: true, ...options };
  const sender = createSender(given);
  const oauth2 = new OAuth2Sender(sender, given);
  t.after(() => Promise.all([oauth2.close(), sender.close()]));
  const client = { clientId: CLIENT.client_id, clientSecret: CLIENT.client_secret };
  const settings = { ...client, tokenUrl: server.tokenUrl, scope: null, audience: null };
  const tokens = oauth2.tokensOf(settings);
  const request = { origin: target.url, path: '/', headers: ['x', 'y'], body: Buffer.from('{}') };
  const tokensSent = () => target.received.map(({ headers }) => headers.authorization);
  return {
    ...{ server, oauth2, settings, tokens, request, revoked, tokensSent },
    post: (by = tokens) => oauth2.send(by, request),
  };
}

test('one token serves all requests at once and later, until shortly before it expires', async (t) => {
  const { server, oauth2, settings, post, tokensSent } = await aSystem(t);
  const scoped = { ...settings, scope: 'a:b c', audience: 'https://api.example/' };
  const tokens = oauth2.tokensOf(scoped);
  await server.mode({ expires_in: 1 });
  const results = await Promise.all(Array.from({ length: 20 }, () => post(tokens)));
  assert.deepEqual(new Set(results.map(({ outcome }) => outcome.kind)), new Set(['accepted']));
  const [first] = (await server.seen()).granted;
  assert.deepEqual([first?.scope, first?.audience], ['a:b c', 'https://api.example/']);
  assert.deepEqual(new Set(tokensSent()), new Set([`Bearer ${first?.token}`]));
  await until(async () => {
    assert.deepEqual((await post(tokens)).outcome, ACCEPTED);
    return (await server.seen()).granted.length > 1;
  });
  assert.deepEqual((await server.seen()).refused, []);
});

test('a token that the target refuses is replaced once, and shown to nobody', async (t) => {
  const { server, post, revoked, tokensSent } = await aSystem(t);
  const { outcome, excerpt } = await post();
  assert.deepEqual([outcome, excerpt], [ACCEPTED, 'you said Bearer (hidden)']);
  revoked.add((await server.seen()).granted[0]?.token ?? '');
  assert.deepEqual((await post()).outcome, ACCEPTED);
  assert.equal((await server.seen()).granted.length, 2);
  revoked.add('all');
  for (const _ of [1, 2, 3]) assert.deepEqual((await post()).outcome, UNAUTHORIZED);
  assert.equal((await server.seen()).granted.length, 3, 'not once for each request');
  assert.equal(tokensSent().length, 1 + 2 + 2 + 1 + 1);
});

test('without a token the target is not asked, and the reason says why', async (t) => {
  const { server, oauth2, settings, post, tokensSent } = await aSystem(t, { timeoutMs: 1_000 });
  const wrong = oauth2.tokensOf({ ...settings, clientSecret: 'another-secret' });
  const refused = await post(wrong);
  assert.deepEqual(refused.outcome, NO_TOKEN);
  assert.match(refused.detail, /^the token server http:\/\/127\.0\.0\.1:\d+: it answered 401/);
  assert.match(refused.detail, /invalid_client \(not known: hook:line \(hidden\)\)$/);
  await server.mode({ status: 503 });
  assert.match((await post()).detail, /: it answered 503$/);
  await server.mode({ status: 0 });
  const [silent, beside] = await Promise.all([post(), post()]);
  assert.deepEqual([silent.outcome, beside.outcome], [NO_TOKEN, NO_TOKEN]);
  assert.match(silent.detail, /: timeout: no answer in time$/);
  assert.ok(silent.latencyMs < 900, 'half of the time is left for the target');
  await server.stop();
  const away = await post();
  assert.deepEqual(away.outcome, NO_TOKEN);
  assert.match(away.detail, /: connection-refused: /);
  assert.deepEqual(tokensSent(), []);
  await server.start();
  assert.deepEqual((await post()).outcome, ACCEPTED, 'and then it goes on');
});

test('a token server must be where a target may be', async (t) => {
  const { post, tokensSent } = await aSystem(t, { guard: createTargetGuard([]) });
  const { outcome, detail } = await post();
  assert.deepEqual(outcome, { kind: 'unreachable', error: 'target-forbidden' });
  assert.match(detail, /^the token server: .*127\.0\.0\.1 is not public \(loopback\)/);
  assert.deepEqual(tokensSent(), []);
});

test('while there is no token one request at a time is let through', async (t) => {
  const { tokens, post } = await aSystem(t);
  assert.deepEqual([tokens.admits(0, Date.now()), tokens.admits(1, Date.now())], [true, false]);
  // The refusal has asked for one.
  await until(() => tokens.admits(1, Date.now()));
  assert.deepEqual((await post()).outcome, ACCEPTED);
});
