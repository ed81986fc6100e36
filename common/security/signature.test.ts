import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { AppError } from '../base/errors.ts';
import {
  ed25519Key,
  ed25519KeyOfSeed,
  isSigningSecret,
  publicKeyText,
  sign,
  signingKey,
  signingKeys,
  verify,
} from './signature.ts';
import type { SignatureFault, SignedParts } from './signature.ts';

// The published vector of Standard Webhooks.
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const TIMESTAMP_S = 1_614_265_330;
const BODY = Buffer.from('{"test": 2432232314}');

const OTHER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const WRONG = 'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=';
const message = { id: ID, timestampS: TIMESTAMP_S, body: BODY };
const genuine: SignedParts = {
  id: ID,
  timestamp: String(TIMESTAMP_S),
  signature: SIGNATURE,
  body: BODY,
};
const check = (parts: Partial<SignedParts>, nowS = TIMESTAMP_S, secrets = [SECRET]) =>
  verify(secrets.map(signingKey), { ...genuine, ...parts }, nowS * 1000);

test('the published vector is reproduced', () => {
  assert.equal(sign([signingKey(SECRET)], message), SIGNATURE);
});

test('the published Ed25519 vector is reproduced', () => {
  const pair = Buffer.from(
    '6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
    'base64',
  );
  const key = ed25519KeyOfSeed(pair.subarray(0, 32));
  assert.equal(publicKeyText(key), `whpk_${pair.subarray(32).toString('base64')}`);
  assert.equal(
    sign([key], message),
    'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
  );
});

test('a secret gives the same Ed25519 key in every process, another secret another one', () => {
  assert.equal(publicKeyText(ed25519Key(SECRET)), publicKeyText(ed25519Key(SECRET)));
  assert.notEqual(publicKeyText(ed25519Key(SECRET)), publicKeyText(ed25519Key(OTHER)));
});

test('v1 alone, or v1 and v1a for each secret, newest secret first', () => {
  const versions = (secrets: string[], asked: ('v1' | 'v1a')[]) =>
    sign(signingKeys(secrets, asked), message).replaceAll(/,[^ ]+/g, '');
  assert.equal(versions([SECRET], ['v1']), 'v1');
  assert.equal(versions([OTHER, SECRET], ['v1', 'v1a']), 'v1 v1a v1 v1a');
  const both = sign(signingKeys([SECRET], ['v1', 'v1a']), message);
  assert.equal(check({ signature: both }), null);
});

test('a secret means the same with and without its prefix', () => {
  assert.equal(sign([signingKey(SECRET.slice('whsec_'.length))], message), SIGNATURE);
});

test('each secret adds a signature, in order, separated by a space', () => {
  const both = sign([signingKey(OTHER), signingKey(SECRET)], message);
  const [first, second, ...more] = both.split(' ');
  assert.match(first ?? '', /^v1,[A-Za-z0-9+/]{43}=$/);
  assert.notEqual(first, SIGNATURE);
  assert.equal(second, SIGNATURE);
  assert.deepEqual(more, []);
});

test('bytes that are no UTF-8 are signed as they are', () => {
  const one = sign([signingKey(SECRET)], { ...message, body: Buffer.from([0xff]) });
  const other = sign([signingKey(SECRET)], { ...message, body: Buffer.from([0xfe]) });
  assert.notEqual(one, other);
});

test('a secret of a subscription is one that every library takes', () => {
  const padded = 'whsec_AAECAwQFBgcICQoLDA0ODw==';
  assert.deepEqual([padded, SECRET].map(isSigningSecret), [true, true]);
  const refused = [
    ...[padded.slice(0, -1), padded.slice(0, -2)], // Go and Rust want the padding,
    padded.replace('w==', 'x=='), // Rust zeros behind the last byte.
    ...['whsec_AAECAwQFBgcICQoLDA0O', `whsec_${'AAAA'.repeat(22)}`], // 15 and 66 bytes
  ];
  for (const secret of refused) assert.equal(isSigningSecret(secret), false, secret);
});

for (const secret of ['', 'whsec_', 'not base64!', 'whsec_a', 'whsec_====', 'abcde']) {
  test(`the secret "${secret}" is refused, not guessed at`, () => {
    assert.throws(
      () => signingKey(secret),
      (error) => error instanceof AppError && error.code === 'secret_invalid',
    );
  });
}

const cases: readonly [title: string, parts: Partial<SignedParts>, SignatureFault | null][] = [
  ['a genuine delivery passes', {}, null],
  ['a missing id is refused', { id: undefined }, 'header-missing'],
  ['a missing timestamp is refused', { timestamp: undefined }, 'header-missing'],
  ['a missing signature is refused', { signature: undefined }, 'header-missing'],
  ['a timestamp that is no number is refused', { timestamp: 'hello' }, 'timestamp-malformed'],
  ['a timestamp with a tail is refused', { timestamp: '1614265330x' }, 'timestamp-malformed'],
  ['an invalid signature is refused', { signature: 'v1,dawfeoifkpqwoekfpqoekf' }, 'no-match'],
  ['a partial signature is refused', { signature: SIGNATURE.slice(0, 8) }, 'no-match'],
  ['an empty signature is refused', { signature: 'v1,' }, 'no-match'],
  [
    'another version with the right bytes is passed over',
    { signature: SIGNATURE.replace('v1', 'v2') },
    'no-match',
  ],
  [
    'one right signature among several is enough',
    { signature: `${WRONG} ${WRONG.replace('v1', 'v2')} ${SIGNATURE} ${WRONG}` },
    null,
  ],
  ['several wrong signatures are refused', { signature: `${WRONG} ${WRONG}` }, 'no-match'],
  ['a changed body is refused', { body: Buffer.from('{"test": 2432232315}') }, 'no-match'],
  ['a changed id is refused', { id: `${ID}x` }, 'no-match'],
];
for (const [title, parts, fault] of cases) test(title, () => assert.equal(check(parts), fault));

test('the timestamp may lie five minutes off either way, and not a second more', () => {
  assert.equal(check({}, TIMESTAMP_S + 300), null);
  assert.equal(check({}, TIMESTAMP_S - 300), null);
  assert.equal(check({}, TIMESTAMP_S + 301), 'too-old');
  assert.equal(check({}, TIMESTAMP_S - 301), 'too-new');
});

test('any of several keys verifies, as after a rotation', () => {
  assert.equal(check({}, TIMESTAMP_S, [OTHER, SECRET]), null);
  assert.equal(check({}, TIMESTAMP_S, [OTHER]), 'no-match');
});

test('whatever the secret and the body, the reference libraries sign alike and verify ours', () => {
  const secrets = fc.uint8Array({ minLength: 16, maxLength: 64 }).map((bytes) => {
    return `whsec_${Buffer.from(bytes).toString('base64')}`;
  });
  const nowS = Math.floor(Date.now() / 1_000);
  const property = fc.property(secrets, fc.string({ unit: 'binary' }), (secret, text) => {
    const ours = sign(signingKeys([OTHER, secret], ['v1', 'v1a']), {
      ...{ id: ID, timestampS: nowS, body: Buffer.from(text) },
    });
    const headers = { 'webhook-id': ID, 'webhook-timestamp': String(nowS) };
    for (const library of [new StandardWebhook(secret), new SvixWebhook(secret)]) {
      const theirs = library.sign(ID, new Date(nowS * 1_000), text);
      assert.ok(ours.split(' ').includes(theirs), `${theirs} is not in ${ours}`);
    }
    const verifier = new StandardWebhook(secret);
    // It also parses the body, which need not be JSON here.
    try {
      verifier.verify(text, { ...headers, 'webhook-signature': ours });
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
    }
  });
  fc.assert(property, { numRuns: 200 });
});
