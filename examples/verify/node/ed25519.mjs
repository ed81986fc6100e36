import { createPublicKey, verify } from 'node:crypto';

// `public_keys` of the subscription, one or two, with a space between them.
const publicKeys = process.env.PUBLIC_KEYS.split(' ').map((text) => {
  const x = Buffer.from(text.replace(/^whpk_/, ''), 'base64').toString('base64url');
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
});

/** @param {Buffer} body the bytes as they came, whatever they are */
export function isGenuine(body, headers) {
  const timestamp = headers['webhook-timestamp'];
  if (!(Math.abs(Date.now() / 1000 - timestamp) <= 300)) return false;
  const signed = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${timestamp}.`), body]);
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((one) => one.startsWith('v1a,'))
    .map((one) => Buffer.from(one.slice('v1a,'.length), 'base64'))
    .some((given) => publicKeys.some((key) => verify(null, signed, key, given)));
}
