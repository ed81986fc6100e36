import {
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  sign as signAsymmetric,
  timingSafeEqual,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AppError } from '../base/errors.ts';
import { HmacKey } from './hmac-key.ts';

/**
 * Signatures of Standard Webhooks over `id.timestamp.body`: `v1` is HMAC-SHA256, `v1a` Ed25519.
 * @see https://www.standardwebhooks.com
 */

const PREFIX = 'whsec_';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const VERSION = 'v1,';
const VERSION_ED25519 = 'v1a,';
/** DER of an Ed25519 private key up to its 32 bytes (RFC 8410), and the length before a public. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_HEAD_BYTES = 12;
/** How far a timestamp may lie from the verifier's clock, either way. */
export const SIGNATURE_TOLERANCE_S = 5 * 60;

/** Key for `v1` signatures, or an Ed25519 key for `v1a`. */
export type SigningKey = HmacKey | KeyObject;

/**
 * The Ed25519 key pair of a secret, for `v1a`: derived from it by HKDF-SHA256, so that there is
 * one secret to keep and to rotate, and the public key may be shown to anybody.
 *
 * @throws AppError `secret_invalid`
 */
export function ed25519Key(secret: string): KeyObject {
  const bytes = secretBytes(secret);
  return ed25519KeyOfSeed(Buffer.from(hkdfSync('sha256', bytes, '', 'webhook v1a ed25519', 32)));
}

/** @param seed the 32 bytes that RFC 8032 calls the private key */
export function ed25519KeyOfSeed(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
}

/** Returns the public key with which receivers verify `v1a`: `whpk_` and base64 of its 32 bytes. */
export function publicKeyText(key: KeyObject): string {
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return `whpk_${der.subarray(SPKI_HEAD_BYTES).toString('base64')}`;
}

/**
 * The keys that sign for a subscription: for each secret one of each version.
 *
 * @throws AppError `secret_invalid`
 */
export function signingKeys(
  secrets: readonly string[],
  versions: readonly string[],
): readonly SigningKey[] {
  return secrets.flatMap((secret) =>
    versions.includes('v1a') ? [signingKey(secret), ed25519Key(secret)] : [signingKey(secret)],
  );
}

/** The three headers of a signed delivery, and the body that they cover. */
export interface SignedParts {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  readonly body: Buffer;
}

/** Why a delivery is not to be trusted. */
export type SignatureFault =
  'header-missing' | 'timestamp-malformed' | 'too-old' | 'too-new' | 'no-match';

/**
 * Reads a secret once, so that signing does not.
 *
 * @throws AppError `secret_invalid`; the message does not show the secret
 */
export function signingKey(secret: string): HmacKey {
  return new HmacKey(secretBytes(secret));
}

/**
 * Whether a text will do as the signing secret of a subscription: base64 of 16 to 64 bytes, as an
 * encoder writes it. Without its padding, or with other bits behind the last byte, JavaScript and
 * Python take a secret that Go and Rust refuse.
 *
 * @see findings/webhook-secret-padding.sh
 */
export function isSigningSecret(text: string): boolean {
  try {
    const bytes = secretBytes(text);
    const isInRange = bytes.length >= 16 && bytes.length <= 64;
    return isInRange && text === PREFIX + bytes.toString('base64');
  } catch {
    return false;
  }
}

/**
 * The value of `webhook-signature`: one signature for each key, separated by spaces.
 *
 * @param timestampS seconds since 1970, as in `webhook-timestamp`
 * @param body       the bytes that will be sent
 */
export function sign(
  keys: readonly SigningKey[],
  { id, timestampS, body }: { id: string; timestampS: number; body: Buffer },
): string {
  const head = `${id}.${timestampS}.`;
  const [first] = keys;
  if (first !== undefined && keys.length === 1) return signature(first, head, body);
  return keys.map((key) => signature(key, head, body)).join(' ');
}

/**
 * Checks a delivery: all headers there, the timestamp within `SIGNATURE_TOLERANCE_S` of now, and
 * any `v1` signature right under any of the keys. Other versions are passed over. The comparison
 * takes the same time wherever the first difference lies.
 *
 * @returns null when the delivery is genuine, else the first fault found
 */
export function verify(
  keys: readonly HmacKey[],
  { id, timestamp, signature, body }: SignedParts,
  nowMs: number,
): SignatureFault | null {
  if (!id || !timestamp || !signature) return 'header-missing';
  if (!/^\d{1,15}$/.test(timestamp)) return 'timestamp-malformed';
  const ageS = Math.floor(nowMs / 1000) - Number(timestamp);
  if (ageS > SIGNATURE_TOLERANCE_S) return 'too-old';
  if (ageS < -SIGNATURE_TOLERANCE_S) return 'too-new';
  const head = `${id}.${timestamp}.`;
  const given = signature
    .split(' ')
    .filter((one) => one.startsWith(VERSION))
    .map((one) => Buffer.from(one.slice(VERSION.length)));
  for (const key of keys) {
    const expected = Buffer.from(key.digest(head, body));
    if (given.some((one) => one.length === expected.length && timingSafeEqual(one, expected))) {
      return null;
    }
  }
  return 'no-match';
}

/**
 * As the reference libraries do, takes the text after an optional `whsec_` as base64, always: a
 * secret without the prefix is base64 too, and one that is not base64 is refused rather than used
 * as raw bytes, because every verifier would refuse it as well.
 */
function secretBytes(secret: string): Buffer {
  const base64 = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  if (!BASE64.test(base64) || base64.replace(/=+$/, '').length % 4 === 1) {
    throw new AppError(
      'secret_invalid',
      'no signing secret; allowed: base64, usually with whsec_ before it',
    );
  }
  return Buffer.from(base64, 'base64');
}

function signature(key: SigningKey, head: string, body: Buffer): string {
  if (key instanceof HmacKey) return VERSION + key.digest(head, body);
  const signed = signAsymmetric(null, Buffer.concat([Buffer.from(head), body]), key);
  return VERSION_ED25519 + signed.toString('base64');
}
