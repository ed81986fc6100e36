// Goal: real deliveries satisfy verifiers that are not ours, before, during and after a rotation.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { ed25519Key, sign, signingKey } from '../../../common/security/signature.ts';
import { parseSubscription } from '../../../common/model/subscription.ts';
import { startApi } from '../../support/api.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { subscribed } from '../../support/subscribed.ts';
import { aTarget } from '../../support/target.ts';
import type { Received } from '../../support/target.ts';
import { until } from '../../support/until.ts';
import { prepareAllRecipes, RECIPES, startRecipe } from '../../support/verify-recipes.ts';
import type { Recipe } from '../../support/verify-recipes.ts';

const ENV = {
  PARTITIONS: '3',
  ALLOW_TARGETS: '127.0.0.0/8',
  SECRET_KEY: 'sixteen characters or more',
};
/** Secret of the published test vectors. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const STRANGE_BODY = '{ "é\\u00e9" :\t[1.0, 1e2],\n"a":"x" , "a": "\\/" }\r\n';

/**
 * Bodies that `/ingest` passes on. A recipe must accept each, unless the recipe takes only UTF-8.
 */
const BODIES: readonly [kind: string, contentType: string, body: Buffer, isUtf8: boolean][] = [
  ['JSON', 'application/json', Buffer.from(STRANGE_BODY), true],
  ['text', 'text/plain', Buffer.from('paid: 17 €\r\n'), true],
  ['XML', 'application/xml', Buffer.from('<?xml version="1.0"?>\n<order id="17">é</order>'), true],
  ['JSON after a byte order mark', 'application/json', Buffer.from('\uFEFF{"order": 17}'), true],
  ['text with a NUL', 'text/plain', Buffer.from('a\0b'), true],
  ['text in Latin-1', 'text/plain; charset=iso-8859-1', Buffer.from('caf\xe9', 'latin1'), false],
  ['bytes', 'application/octet-stream', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28]), false],
];
const missing = await prepareAllRecipes();

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

/**
 * Returns the status with which a recipe's server answers a delivery, unchanged or tampered with.
 */
async function answerOf(
  url: string,
  { headers, bytes }: Pick<Received, 'headers' | 'bytes'>,
): Promise<number> {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature', 'content-type'];
  const passedOn = names.map((name) => [name, String(headers[name])] as [string, string]);
  const request = { method: 'POST', headers: passedOn, body: bytes };
  return (await fetch(url, request)).status;
}

/** Both secrets sign what was delivered; each receiver knows one of them. */
interface Delivered {
  readonly secrets: readonly string[];
  readonly publicKeys: readonly string[];
  readonly byKind: ReadonlyMap<string, Received>;
}

async function checkRecipe(t: TestContext, recipe: Recipe, given: Delivered): Promise<void> {
  const { secrets, publicKeys, byKind } = given;
  const environments =
    recipe.scheme === 'v1a'
      ? publicKeys.map((PUBLIC_KEYS) => ({ PUBLIC_KEYS }))
      : secrets.map((SECRET) => ({ SECRET }));
  const urls = await Promise.all(environments.map((env) => startRecipe(t, recipe, env)));
  for (const [kind, , , isUtf8] of BODIES) {
    const delivery = byKind.get(kind) as Received;
    const genuine = isUtf8 || recipe.takes === 'any' ? 204 : 401;
    for (const url of urls) {
      assert.equal(await answerOf(url, delivery), genuine, kind);
      const bytes = Buffer.concat([delivery.bytes, Buffer.from(' ')]);
      assert.equal(await answerOf(url, { ...delivery, bytes }), 401, `${kind}, changed`);
    }
  }
  const [url = ''] = urls;
  const { headers, bytes } = byKind.get('text') as Received;
  const id = String(headers['webhook-id']);
  const signed = (secret: string, ageS: number) => {
    const timestampS = Math.floor(Date.now() / 1_000) - ageS;
    const key = recipe.scheme === 'v1a' ? ed25519Key(secret) : signingKey(secret);
    const signature = sign([key], { id, timestampS, body: bytes });
    const own = { 'webhook-timestamp': String(timestampS), 'webhook-signature': signature };
    return { bytes, headers: { ...headers, ...own } };
  };
  assert.equal(await answerOf(url, signed(SECRET, 0)), 204, 'signed by the test');
  assert.equal(await answerOf(url, signed(OTHER_SECRET, 0)), 401, 'another secret');
  assert.equal(await answerOf(url, signed(SECRET, 600)), 401, 'an old timestamp');
  assert.equal(await answerOf(url, signed(SECRET, -600)), 401, 'a timestamp to come');
  const renamed = { bytes, headers: { ...headers, 'webhook-id': 'x' } };
  assert.equal(await answerOf(url, renamed), 401, 'another id');
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
    // A test event is answered when it has been sent, all else when it is in the log.
    assert.ok(status === 202 || status === 200, String(status));
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
  assert.ok(!passes(OTHER_SECRET, during));

  // Every recipe of the docs, on each kind of body.
  const byKind = new Map<string, Received>();
  for (const [kind, contentType, body] of BODIES) {
    const headers = { 'event-type': 'order.paid', 'content-type': contentType };
    const one = await delivered(post(`/ingest/${id}`, body, headers));
    assert.deepEqual([one.bytes, one.headers['content-type']], [body, contentType]);
    byKind.set(kind, one);
  }
  const secrets = [SECRET, rotated.secret as string];
  const given = { secrets, publicKeys: rotated.public_keys.toReversed(), byKind };
  for (const recipe of RECIPES) {
    const { name, language } = recipe;
    // A machine need not have every language; CI brings them.
    const why = process.env['CI'] ? null : (missing[language] ?? null);
    const title = `the ${language} recipe of ${name} tells genuine deliveries from others`;
    await t.test(why === null ? title : `${title} (${why})`, { skip: why ?? false }, (t) =>
      checkRecipe(t, recipe, given),
    );
  }

  // The day is over: the same record with a time that is near.
  const kept = (await system.records(system.names.subscriptions)).at(-1);
  const stored = parseSubscription(String(kept?.value));
  assert.ok(stored);
  const ending = stored.secrets.map(({ text, expiresAt }) => {
    return { text, expiresAt: expiresAt === null ? null : Date.now() + 1_000 };
  });
  await subscribed(t, system).save({ ...stored, secrets: ending });
  await until(async () => versionsOf(await ingest()).length === 2, { timeoutMs: 5_000 });
  const after = await ingest();
  assert.deepEqual(versionsOf(after), ['v1', 'v1a']);
  assert.ok(passes(rotated.secret, after));
  assert.ok(!passes(SECRET, after), 'the old secret signs no more');
  const { public_keys, previous_secret_valid_until } = (await ask('GET', `/subscriptions/${id}`))
    .json;
  assert.deepEqual([public_keys, previous_secret_valid_until], [[rotated.public_keys[0]], null]);
});
