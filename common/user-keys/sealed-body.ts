import { HEADER, eventIdOf } from '../model/delivery.ts';
import type { OutgoingRecord } from '../kafka/ports.ts';
import { ENCRYPTED_EXTRA_BYTES, decrypt, encrypt } from '../security/aes-gcm.ts';
import type { UserKey } from './user-key.ts';

/**
 * A body that is encrypted under the key of its user. It is bound to its delivery and its user:
 * copied into another record it does not open.
 */

type Parts = Pick<OutgoingRecord, 'key' | 'headers'>;

/** Bytes that a record grows by: those of the body, and the header with its name. */
export const SEALED_EXTRA_BYTES = ENCRYPTED_EXTRA_BYTES + HEADER.userKey.length + 11 + 2;

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
  return encrypt(body, bytes, bindingOf(record));
}

/**
 * Decrypts what `seal` made for the same delivery.
 *
 * @throws Error it was changed, or belongs to another delivery
 */
export function unseal(sealed: Buffer, record: Parts, { bytes }: UserKey): Buffer {
  return decrypt(sealed, bytes, bindingOf(record));
}

/** A body belongs to its user and its delivery, or to the event whose deliveries all share it. */
function bindingOf(record: Parts): string {
  return `${eventIdOf(record)}\n${record.key}`;
}
