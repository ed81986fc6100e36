import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  randomFillSync,
  scryptSync,
} from 'node:crypto';
import type { CipherKey, KeyObject } from 'node:crypto';

/** AES-256-GCM: what is encrypted is the nonce, the ciphertext and the tag, one after the other. */
const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Bytes that are more than those of the plain text. */
export const ENCRYPTED_EXTRA_BYTES = NONCE_BYTES + TAG_BYTES;

/** Nonces made at once: a call for each costs as much as the encryption. */
const NONCES = 512;
const nonces = Buffer.alloc(NONCES * NONCE_BYTES);
let nextNonce = NONCES;

/**
 * Derives a key by scrypt, which takes some 50 ms: once for each process.
 *
 * @param salt fixed for each purpose, because every process must derive the same key from
 *             SECRET_KEY alone
 */
export function deriveSecretKey(secretKey: string, salt: string): KeyObject {
  return createSecretKey(scryptSync(secretKey, salt, KEY_BYTES));
}

/** @param owner what it belongs to: for another owner it cannot be decrypted */
export function encrypt(plain: Buffer | string, key: CipherKey, owner: string): Buffer {
  const nonce = takeNonce();
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(owner));
  const text = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  cipher.final();
  return Buffer.concat([nonce, text, cipher.getAuthTag()]);
}

/** @throws Error it was changed, or was encrypted under another key or for another owner */
export function decrypt(encrypted: Buffer, key: CipherKey, owner: string): Buffer {
  const nonce = encrypted.subarray(0, NONCE_BYTES);
  const end = encrypted.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(owner))
    .setAuthTag(encrypted.subarray(end));
  const plain = decipher.update(encrypted.subarray(NONCE_BYTES, end));
  decipher.final();
  return plain;
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
