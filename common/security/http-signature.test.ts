// Goal: what we sign is what RFC 9421 says, and what a library of others verifies.
import assert from 'node:assert/strict';
import { createHash, createHmac, createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { httpbis } from 'http-message-signatures';
import { HmacKey } from './hmac-key.ts';
import { listOf, messageKeys, messageSignatureHeaders, signBase } from './http-signature.ts';
import { signatureBase } from './http-signature.ts';
import type { Component } from './http-signature.ts';
import { ed25519Key } from './signature.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const DATE: Component = ['date', 'Tue, 20 Apr 2021 02:07:55 GMT'];
const TYPE: Component = ['content-type', 'application/json'];
const AUTHORITY: Component = ['@authority', 'example.com'];

/** Appendix B.2 of RFC 9421, with the keys of B.1. */
const VECTORS = [
  {
    title: 'HMAC (B.2.5)',
    keyId: 'test-shared-secret',
    key: new HmacKey(
      Buffer.from(
        'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==',
        'base64',
      ),
    ),
    components: [DATE, AUTHORITY, TYPE],
    signature: 'pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=',
  },
  {
    title: 'Ed25519 (B.2.6)',
    keyId: 'test-key-ed25519',
    key: createPrivateKey({
      key: Buffer.from(
        'MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF',
        'base64',
      ),
      format: 'der',
      type: 'pkcs8',
    }),
    components: [
      ...[DATE, ['@method', 'POST'], ['@path', '/foo'], AUTHORITY, TYPE],
      ['content-length', '18'],
    ] as Component[],
    signature:
      'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==',
  },
];
for (const { title, keyId, key, components, signature } of VECTORS) {
  test(`the vector of the RFC for ${title}`, () => {
    const params = `${listOf(components)};created=1618884473;keyid="${keyId}"`;
    assert.equal(signBase(key, signatureBase(components, params)), signature);
  });
}

/** Headers as a receiver has them. */
function signed(path: string, body: string, createdS: number, versions: readonly string[]) {
  const fields: Component[] = [TYPE, ['webhook-id', 'msg_1'], ['webhook-timestamp', '1']];
  const list = messageSignatureHeaders(
    { origin: 'https://example.com', path, fields, body: Buffer.from(body) },
    messageKeys(SECRET, { keyId: 'sub_a', versions }),
    createdS,
  );
  const headers: Record<string, string> = { ...Object.fromEntries(fields), host: 'example.com' };
  for (let n = 0; n < list.length; n += 2) headers[list[n] ?? ''] = list[n + 1] ?? '';
  return headers;
}

const secretBytes = Buffer.from(SECRET.slice(6), 'base64');
const publicKey = createPublicKey(ed25519Key(SECRET));
const verifiers = {
  'hmac-sha256': (data: Buffer, signature: Buffer) =>
    createHmac('sha256', secretBytes).update(data).digest().equals(signature),
  ed25519: (data: Buffer, signature: Buffer) => verify(null, data, publicKey, signature),
};

/** Whether the library finds every signature right. */
function isGenuine(path: string, headers: Record<string, string>): Promise<boolean | null> {
  const keyLookup = ({ alg = '' }: { alg?: string }) =>
    Promise.resolve({
      algs: [alg as 'ed25519'],
      verify: (data: Buffer, signature: Buffer) =>
        Promise.resolve(verifiers[alg as keyof typeof verifiers](data, signature)),
    });
  const message = { method: 'POST', url: `https://example.com${path}`, headers };
  return httpbis.verifyMessage({ keyLookup, all: true }, message);
}

for (const path of ['/', '/hook', '/hook?a=1&b=%20c', '/hook/?', '//', '//a/b?c']) {
  test(`a library of others verifies both signatures of a POST to ${path}`, async () => {
    const both = ['v1', 'rfc9421-hmac-sha256', 'rfc9421-ed25519'];
    const createdS = Math.floor(Date.now() / 1_000);
    const headers = signed(path, '{"a":1}', createdS, both);
    assert.equal(headers['signature-input']?.match(/sig\d=/g)?.length, 2);
    assert.equal(await isGenuine(path, headers), true);
    const digest = createHash('sha256').update('{"a":1}').digest('base64');
    assert.equal(headers['content-digest'], `sha-256=:${digest}:`);
    for (const changed of [
      { 'webhook-id': 'msg_2' },
      { 'content-digest': `sha-256=:${createHash('sha256').digest('base64')}:` },
      { host: 'other.example' },
    ]) {
      const url = 'host' in changed ? 'https://other.example' : 'https://example.com';
      const message = { method: 'POST', url: url + path, headers: { ...headers, ...changed } };
      const keyLookup = () =>
        Promise.resolve({
          algs: ['hmac-sha256' as const],
          verify: (data: Buffer, signature: Buffer) =>
            Promise.resolve(verifiers['hmac-sha256'](data, signature)),
        });
      const verdict = await httpbis.verifyMessage({ keyLookup }, message).catch(() => false);
      assert.notEqual(verdict, true, JSON.stringify(changed));
    }
  });
}
