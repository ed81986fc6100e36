// Goal: real deliveries satisfy verifiers that are not ours, before, during and after a rotation.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { parseSubscription } from '../../common/subscription.ts';
import { startApi } from '../support/api.ts';
import { startConsole } from '../support/console.ts';
import { aDeliverySystem } from '../support/delivery.ts';
import { subscribed } from '../support/subscribed.ts';
import { aTarget } from '../support/target.ts';
import type { Received } from '../support/target.ts';
import { until } from '../support/until.ts';

const ENV = {
  PARTITIONS: '3',
  ALLOW_TARGETS: '127.0.0.0/8',
  SECRET_KEY: 'sixteen characters or more',
};
/** Of the published vectors. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const STRANGE_BODY = '{ "é\\u00e9" :\t[1.0, 1e2],\n"a":"x" , "a": "\\/" }\r\n';

const signaturesOf = ({ headers }: Received) => String(headers['webhook-signature']).split(' ');
const versionsOf = (one: Received) => signaturesOf(one).map((text) => text.split(',')[0]);

/** Both reference libraries: they take a delivery under a secret, and nothing that was changed. */
function passes(secret: string, { headers, body }: Received): boolean {
  const given = headers as Record<string, string>;
  const answers = [new StandardWebhook(secret), new SvixWebhook(secret)].map((verifier) => {
    assert.throws(() => verifier.verify(`${body} `, given), /signature/i);
    assert.throws(() => verifier.verify(body, { ...given, 'webhook-id': 'x' }), /signature/i);
    try {
      verifier.verify(body, given);
      return true;
    } catch (error) {
      assert.match(String(error), /no matching signature/i);
      return false;
    }
  });
  assert.equal(answers[0], answers[1], 'the two libraries disagree');
  return answers[0] === true;
}

/** Ed25519 by the public key that the API shows, with nothing of ours. */
function passesByPublicKey(shown: string, one: Received): boolean {
  const x = Buffer.from(shown.slice('whpk_'.length), 'base64').toString('base64url');
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
  const { headers, body } = one;
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  return signaturesOf(one)
    .filter((text) => text.startsWith('v1a,'))
    .some((text) => verify(null, Buffer.from(signed), key, Buffer.from(text.slice(4), 'base64')));
}

test('independent verifiers accept deliveries before, during and after a rotation', async (t) => {
  const system = await aDeliverySystem(t, ENV);
  const { received, url } = await aTarget(t);
  system.start('consumer');
  const [{ ask }, { post }] = await Promise.all([startConsole(system), startApi(system)]);
  const target_url = `${url}/hook?a=b`;
  const asked = { target_url, secret: SECRET, headers: { 'X-Token': 'hunter2' } };
  const { id, public_keys: none } = (await ask('POST', '/subscriptions', asked)).json;
  assert.deepEqual(none, []);
  const delivered = async (work: Promise<{ status: number; json: { id: string } }>) => {
    const { status, json } = await work;
    assert.equal(status, 202);
    const found = () => received.find(({ headers }) => headers['webhook-id'] === json.id);
    await until(() => found() !== undefined, { timeoutMs: 30_000 });
    return found() as Received;
  };
  const ingest = () =>
    delivered(post(`/ingest/${id}`, STRANGE_BODY, { 'event-type': 'order.paid' }));

  const plain = await ingest();
  assert.deepEqual(versionsOf(plain), ['v1']);
  assert.equal(plain.body, STRANGE_BODY, 'the body arrives byte for byte');
  assert.ok(passes(SECRET, plain));
  assert.equal(plain.path, '/hook?a=b');
  const { 'x-token': token, 'event-type': type, 'webhook-attempt': attempt } = plain.headers;
  assert.deepEqual([token, type, attempt], ['hunter2', 'order.paid', '1']);
  assert.match(String(plain.headers['user-agent']), /^Hookline\//);
  const tested = await delivered(ask('POST', `/subscriptions/${id}/test`));
  assert.ok(passes(SECRET, tested));
  assert.equal(tested.headers['event-type'], 'hookline.test');

  // Ed25519 beside it, once it is asked for.
  const changed = (await ask('PATCH', `/subscriptions/${id}`, { signatures: ['v1a'] })).json;
  await until(async () => versionsOf(await ingest()).length === 2, { timeoutMs: 5_000 });
  const asymmetric = await ingest();
  assert.deepEqual(versionsOf(asymmetric), ['v1', 'v1a']);
  assert.ok(passes(SECRET, asymmetric));
  const [firstKey] = changed.public_keys as string[];
  assert.ok(passesByPublicKey(firstKey as string, asymmetric));
  assert.ok(!passesByPublicKey(firstKey as string, { ...asymmetric, body: '{}' }));

  // Rotated: for a day both secrets sign.
  const rotated = (await ask('POST', `/subscriptions/${id}/rotate-secret`)).json;
  await until(async () => versionsOf(await ingest()).length === 4, { timeoutMs: 5_000 });
  const during = await ingest();
  assert.deepEqual(versionsOf(during), ['v1', 'v1a', 'v1', 'v1a']);
  assert.ok(passes(SECRET, during) && passes(rotated.secret, during));
  assert.equal(rotated.public_keys.length, 2);
  for (const key of rotated.public_keys) assert.ok(passesByPublicKey(key, during), key);
  assert.ok(!passes('whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', during));

  // The day is over: the same record with a time that is near.
  const kept = (await system.records(system.names.subscriptions)).at(-1);
  const stored = parseSubscription(String(kept?.value));
  assert.ok(stored);
  const secrets = stored.secrets.map(({ text, expiresAt }) => {
    return { text, expiresAt: expiresAt === null ? null : Date.now() + 1_000 };
  });
  await subscribed(t, system).save({ ...stored, secrets });
  await until(async () => versionsOf(await ingest()).length === 2, { timeoutMs: 5_000 });
  const after = await ingest();
  assert.deepEqual(versionsOf(after), ['v1', 'v1a']);
  assert.ok(passes(rotated.secret, after));
  assert.ok(!passes(SECRET, after), 'the old secret signs no more');
  const { public_keys, previous_secret_valid_until } = (await ask('GET', `/subscriptions/${id}`))
    .json;
  assert.deepEqual([public_keys, previous_secret_valid_until], [[rotated.public_keys[0]], null]);
});
