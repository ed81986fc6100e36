import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { TestConsole } from './console.ts';
import { CLIENT, anOAuth2Server } from './oauth2-server.ts';
import { aTarget } from './target.ts';
import { until } from './until.ts';

/** Deliveries carry a token that is good, and none uses up an attempt while there is none. */
export async function carriesToken({
  t,
  testConsole: { ask },
  send,
}: {
  readonly t: TestContext;
  readonly testConsole: TestConsole;
  readonly send: (subscription: string, id: string, key: string) => Promise<void>;
}): Promise<void> {
  const server = await anOAuth2Server(t);
  const revoked = new Set<string | undefined>();
  const { url, received } = await aTarget(t, ({ headers }, response) => {
    response.writeHead(revoked.has(headers.authorization) ? 401 : 200).end();
  });
  const oauth2 = { ...CLIENT, token_url: server.tokenUrl, scope: 'hooks' };
  const refused = await ask('POST', '/subscriptions', {
    target_url: url,
    oauth2: { ...oauth2, token_url: 'http://10.1.2.3/token' },
  });
  assert.equal(refused.status, 400);
  assert.match(refused.json.detail, /^oauth2\.token_url: 10\.1\.2\.3 is not public/);
  const headers = { authorization: 'Bearer x' };
  const both = await ask('POST', '/subscriptions', { target_url: url, oauth2, headers });
  assert.match(both.json.detail, /^headers\.authorization: either oauth2 or/);
  const body = { target_url: url, oauth2, retry_schedule_ms: [] };
  const { json } = await ask('POST', '/subscriptions', body);
  const id = json.id as string;
  const patched = await ask('PATCH', `/subscriptions/${id}`, { headers });
  assert.match(patched.json.detail, /^headers\.authorization: either oauth2 or/);
  const shown = JSON.stringify((await ask('GET', `/subscriptions/${id}`)).json);
  assert.ok(!shown.includes('secret:of'), shown);
  const stateOf = async (msg: string) => (await ask('GET', `/deliveries/${msg}`)).json.state;
  await send(id, 'msg_token_1', 'user-1');
  await until(async () => (await stateOf('msg_token_1')) === 'delivered');
  const first = received[0]?.headers.authorization;
  revoked.add(first);
  await send(id, 'msg_token_2', 'user-1');
  await until(async () => (await stateOf('msg_token_2')) === 'delivered');
  const { granted, refused: wrong } = await server.seen();
  assert.deepEqual([granted.length, wrong, granted[0]?.scope], [2, [], 'hooks']);
  assert.equal(first, `Bearer ${granted[0]?.token}`);
  const [{ request_headers }] = (await ask('GET', '/deliveries/msg_token_2')).json.attempts;
  assert.equal(request_headers.authorization, '(hidden)');

  // Its one attempt is not used up by what the target has no part in.
  await server.stop();
  revoked.add(`Bearer ${granted[1]?.token}`);
  await send(id, 'msg_token_3', 'user-1');
  await until(async () => (await stateOf('msg_token_3')) === 'waiting');
  const subscription = async () => (await ask('GET', `/subscriptions/${id}`)).json;
  await until(async () => (await subscription()).resting_reason === 'token-server');
  const { attempts, waiting_reason: why } = (await ask('GET', '/deliveries/msg_token_3')).json;
  assert.match(why, /^the token server of its endpoint fails/);
  assert.match(
    attempts[0].error,
    /^token-server: the token server http:\/\/127\.0\.0\.1:\d+: conn/,
  );
  const { json: tested } = await ask('POST', `/subscriptions/${id}/test`);
  assert.match(tested.error, /^token-server: /);
  await server.start();
  assert.equal((await ask('POST', `/subscriptions/${id}/test`)).json.status, 200);
  await until(async () => (await stateOf('msg_token_3')) === 'delivered');
}
