import { createHash, sign as signAsymmetric } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { HmacKey } from './hmac-key.ts';
import { ed25519Key, publicKeyText, signingKey } from './signature.ts';

/**
 * Signatures of HTTP messages, over the request as a whole and a digest of its body.
 *
 * @see RFC 9421 (signatures), RFC 9530 (digests)
 */

/** A key that signs messages. */
export interface MessageKey {
  readonly alg: 'hmac-sha256' | 'ed25519';
  readonly keyId: string;
  readonly key: HmacKey | KeyObject;
}

/** A component that is covered: the name of a field, or a derived one such as `@method`. */
export type Component = readonly [name: string, value: string];

/** A request to sign. */
export interface SignedRequest {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path with its query. */
  readonly path: string;
  /** Fields that are covered beside the digest of the body. */
  readonly fields: readonly Component[];
  readonly body: Buffer;
}

/** Names of the headers that a message signature consists of. */
export const MESSAGE_SIGNATURE_HEADERS = [
  'content-digest',
  'signature-input',
  'signature',
] as const;

const NO_BODY = Buffer.alloc(0);

/**
 * Returns the keys of one secret.
 *
 * @param keyId id of the HMAC key; that of an Ed25519 key is its public key
 * @throws AppError `secret_invalid`
 */
export function messageKeys(
  secret: string,
  { keyId, versions }: { readonly keyId: string; readonly versions: readonly string[] },
): readonly MessageKey[] {
  const keys: MessageKey[] = [];
  if (versions.includes('rfc9421-hmac-sha256')) {
    keys.push({ alg: 'hmac-sha256', keyId, key: signingKey(secret) });
  }
  if (versions.includes('rfc9421-ed25519')) {
    const key = ed25519Key(secret);
    keys.push({ alg: 'ed25519', keyId: publicKeyText(key), key });
  }
  return keys;
}

/**
 * Returns the headers that sign a POST, names and values in turn: a signature for each key.
 *
 * @param createdS seconds since 1970
 */
export function messageSignatureHeaders(
  { origin, path, fields, body }: SignedRequest,
  keys: readonly MessageKey[],
  createdS: number,
): string[] {
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
  const covered = [...targetComponents(origin, path), ['content-digest', digest] as const];
  const components: readonly Component[] = [...covered, ...fields];
  const inputs: string[] = [];
  const signatures: string[] = [];
  keys.forEach(({ alg, keyId, key }, index) => {
    const label = `sig${index + 1}`;
    const params = `${listOf(components)};created=${createdS};keyid="${keyId}";alg="${alg}"`;
    inputs.push(`${label}=${params}`);
    signatures.push(`${label}=:${signBase(key, signatureBase(components, params))}:`);
  });
  return [
    ...['content-digest', digest],
    ...['signature-input', inputs.join(', ')],
    ...['signature', signatures.join(', ')],
  ];
}

/** Returns the list of covered components, as the parameters of a signature begin. */
export function listOf(components: readonly Component[]): string {
  return `(${components.map(([name]) => `"${name}"`).join(' ')})`;
}

/** Returns the text that is signed (RFC 9421, 2.5). */
export function signatureBase(components: readonly Component[], params: string): string {
  const lines = components.map(([name, value]) => `"${name}": ${value}`);
  return [...lines, `"@signature-params": ${params}`].join('\n');
}

/** @returns base64 */
export function signBase(key: HmacKey | KeyObject, base: string): string {
  if (key instanceof HmacKey) return key.digest(base, NO_BODY);
  return signAsymmetric(null, Buffer.from(base), key).toString('base64');
}

/**
 * The target as the receiver sees it. Its scheme is left out: behind a balancer that ends TLS it is
 * another one.
 */
function targetComponents(origin: string, path: string): readonly Component[] {
  // Not by `new URL(path, origin)`: a path that begins with two slashes would name a host there.
  const { host } = new URL(origin);
  const queryAt = path.indexOf('?');
  const pathname = queryAt === -1 ? path : path.slice(0, queryAt);
  const query: readonly Component[] = queryAt === -1 ? [] : [['@query', path.slice(queryAt)]];
  return [['@method', 'POST'], ['@authority', host], ['@path', pathname], ...query];
}
