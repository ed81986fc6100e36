import { randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AppError } from '../base/errors.ts';
import type { OAuth2Client, Subscription } from '../model/subscription.ts';
import { decrypt, deriveSecretKey, encrypt } from './aes-gcm.ts';

/** Key that seals the stored secrets; derived from SECRET_KEY once for each process. */
export type SealingKey = KeyObject;

/** Sealed: this, then base64 of what `encrypt` makes. A plain secret never begins so. */
const SEALED = 'sealed:v1:';
const SECRET_BYTES = 32;
const SALT = 'hookline sealing key v1';

/** A new signing secret: `whsec_` and base64 of 32 random bytes. */
export function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/**
 * Derives the sealing key, once for each process.
 *
 * @param secretKey the setting SECRET_KEY
 * @returns null when it is empty: secrets are then kept as they are
 */
export function sealingKey(secretKey: string): SealingKey | null {
  if (secretKey === '') return null;
  return deriveSecretKey(secretKey, SALT);
}

/**
 * Encrypts a text for the topic, bound to the subscription that it belongs to: copied into another
 * one's record it does not open.
 */
export function seal(text: string, key: SealingKey | null, subscriptionId: string): string {
  if (key === null) return text;
  return SEALED + encrypt(text, key, subscriptionId).toString('base64');
}

/**
 * Decrypts what `seal` made; a text that was never sealed is returned as it is, so that secrets
 * from before SECRET_KEY was set go on working.
 *
 * @throws AppError `secret_invalid` when it was changed, sealed under another SECRET_KEY or for
 *                  another subscription, or SECRET_KEY is not set; the message shows no secret
 */
export function unseal(text: string, key: SealingKey | null, subscriptionId: string): string {
  if (!text.startsWith(SEALED)) return text;
  if (key === null) throw cannotOpen(subscriptionId, 'it is encrypted, and SECRET_KEY is not set');
  const bytes = Buffer.from(text.slice(SEALED.length), 'base64');
  try {
    return decrypt(bytes, key, subscriptionId).toString();
  } catch (error) {
    const why = 'it was changed, or SECRET_KEY is not the one that it was encrypted under';
    throw cannotOpen(subscriptionId, why, error);
  }
}

/**
 * The signing secrets of a subscription that are valid now, newest first.
 *
 * @throws AppError `secret_invalid`, as `unseal`
 */
export function openSecrets(
  { id, secrets }: Pick<Subscription, 'id' | 'secrets'>,
  key: SealingKey | null,
  nowMs: number,
): readonly string[] {
  return secrets
    .filter(({ expiresAt }) => expiresAt === null || nowMs < expiresAt)
    .map(({ text }) => unseal(text, key, id));
}

/**
 * The further headers of a subscription's deliveries. Their values may hold credentials, so they
 * are sealed like secrets.
 *
 * @throws AppError `secret_invalid`, as `unseal`
 */
export function openHeaders(
  { id, headers }: Pick<Subscription, 'id' | 'headers'>,
  key: SealingKey | null,
): Readonly<Record<string, string>> {
  const opened = Object.entries(headers).map(([name, text]) => [name, unseal(text, key, id)]);
  return Object.fromEntries(opened) as Record<string, string>;
}

/**
 * The OAuth 2.0 client of a subscription, with its secret.
 *
 * @returns null when it has none
 * @throws AppError `secret_invalid`, as `unseal`
 */
export function openOAuth2(
  { id, oauth2 }: Pick<Subscription, 'id' | 'oauth2'>,
  key: SealingKey | null,
): OAuth2Client | null {
  return oauth2 && { ...oauth2, clientSecret: unseal(oauth2.clientSecret, key, id) };
}

function cannotOpen(subscriptionId: string, why: string, cause?: unknown): AppError {
  const message = `A secret of subscription ${subscriptionId} cannot be read: ${why}`;
  return new AppError('secret_invalid', message, { cause });
}
