import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AppError } from './errors.ts';

/**
 * Signatures of Standard Webhooks, version 1: HMAC-SHA256 over `id.timestamp.body`.
 * @see https://www.standardwebhooks.com
 */

const PREFIX = 'whsec_';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const VERSION = 'v1,';
/** How far a timestamp may lie from the verifier's clock, either way. */
export const SIGNATURE_TOLERANCE_S = 5 * 60;

export type SigningKey = KeyObject;

/** What the three headers of a signed delivery say, and the bytes that they cover. */
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
 * Reads a secret once, so that signing does not. As the reference libraries do, it takes the text
 * after an optional `whsec_` as base64, always: a secret without the prefix is base64 too, and one
 * that is not base64 is refused rather than used as raw bytes, because every verifier would
 * refuse it as well.
 *
 * @throws AppError `secret_invalid`; the message does not show the secret
 */
export function signingKey(secret: string): SigningKey {
  const base64 = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  if (!BASE64.test(base64) || base64.replace(/=+$/, '').length % 4 === 1) {
    throw new AppError(
      'secret_invalid',
      'no signing secret; allowed: base64, usually with whsec_ before it',
    );
  }
  return createSecretKey(base64, 'base64');
}

/**
 * The value of `webhook-signature`: one signature for each key, separated by spaces.
 *
 * @param timestampS seconds since 1970, as in `webhook-timestamp`
 * @param body       the bytes that will be sent; they are not copied
 */
export function sign(
  keys: readonly SigningKey[],
  { id, timestampS, body }: { id: string; timestampS: number; body: Buffer },
): string {
  const head = `${id}.${timestampS}.`;
  const [first] = keys;
  if (first !== undefined && keys.length === 1) return VERSION + digest(first, head, body);
  return keys.map((key) => VERSION + digest(key, head, body)).join(' ');
}

/**
 * Checks a delivery: all headers there, the timestamp within `SIGNATURE_TOLERANCE_S` of now, and
 * any `v1` signature right under any of the keys. Other versions are passed over. The comparison
 * takes the same time wherever the first difference lies.
 *
 * @returns null when the delivery is genuine, else the first fault found
 */
export function verify(
  keys: readonly SigningKey[],
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
    const expected = Buffer.from(digest(key, head, body));
    if (given.some((one) => one.length === expected.length && timingSafeEqual(one, expected))) {
      return null;
    }
  }
  return 'no-match';
}

function digest(key: SigningKey, head: string, body: Buffer): string {
  return createHmac('sha256', key).update(head).update(body).digest('base64');
}
