import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import { HEADER } from '../model/delivery.ts';
import type { OutgoingRecord } from '../kafka/ports.ts';
import type { UserKey } from './user-key.ts';

/**
 * A body that is encrypted under the key of its user: nonce, ciphertext and tag (AES-256-GCM).
 * It is bound to its delivery and its user: copied into another record it does not open.
 */

type Parts = Pick<OutgoingRecord, 'key' | 'headers'>;

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Bytes that a record grows by: those of the body, and the header with its name. */
export const SEALED_EXTRA_BYTES = NONCE_BYTES + TAG_BYTES + HEADER.userKey.length + 11 + 2;

/** Nonces made at once: a call for each costs as much as the encryption. */
const NONCES = 512;
const nonces = Buffer.alloc(NONCES * NONCE_BYTES);
let nextNonce = NONCES;

/** The user whose key a record's body belongs under; null: it has no user. */
export function userOf({ key, headers }: Parts): string | null {
  // A delivery without a user has its subscription as its key.
  return key === headers[HEADER.subscription] ? null : key;
}

export function isSealed({ headers }: Pick<Parts, 'headers'>): boolean {
  return headers[HEADER.userKey] !== undefined;
}

/** Encrypts a text or bytes that belong to the delivery of a record. */
export function seal(body: Buffer | string, record: Parts, { bytes }: UserKey): Buffer {
  const nonce = takeNonce();
  const cipher = createCipheriv(ALGORITHM, bytes, nonce).setAAD(bindingOf(record));
  const sealed = typeof body === 'string' ? cipher.update(body, 'utf8') : cipher.update(body);
  cipher.final();
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
}

/**
 * Decrypts what `seal` made for the same delivery.
 *
 * @throws Error it was changed, or belongs to another delivery
 */
export function unseal(sealed: Buffer, record: Parts, { bytes }: UserKey): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, bytes, nonce, { authTagLength: TAG_BYTES })
    .setAAD(bindingOf(record))
    .setAuthTag(sealed.subarray(end));
  const body = decipher.update(sealed.subarray(NONCE_BYTES, end));
  decipher.final();
  return body;
}

/**
 * The id of the delivery, or of the event that it belongs to, and the user. The deliveries of an
 * event share its body, and have its id with their subscription behind it.
 */
function bindingOf({ key, headers }: Parts): Buffer {
  const id = headers[HEADER.id] ?? '';
  const subscription = headers[HEADER.subscription];
  const ending = subscription === undefined ? '' : `-${subscription}`;
  const bound = ending !== '' && id.endsWith(ending) ? id.slice(0, -ending.length) : id;
  return Buffer.from(`${bound}\n${key}`);
}

function takeNonce(): Buffer {
  if (nextNonce === NONCES) {
    randomFillSync(nonces);
    nextNonce = 0;
  }
  const nonce = nonces.subarray(nextNonce * NONCE_BYTES, (nextNonce + 1) * NONCE_BYTES);
  nextNonce += 1;
  return nonce;
}
