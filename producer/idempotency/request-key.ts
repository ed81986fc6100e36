import { hash } from 'node:crypto';
import type { RequestKey } from './idempotency-guard.ts';

/**
 * A key and what is asked under it; null without a key.
 *
 * @param scope   where the key counts: the same key elsewhere is another one
 * @param content what must be the same when the key is repeated
 */
export function requestKeyOf(
  key: string | undefined,
  scope: readonly string[],
  content: readonly (string | Buffer | null)[],
): RequestKey | null {
  if (key === undefined) return null;
  const fingerprint = hash('sha256', content.map((part) => sha256(part ?? '')).join());
  return {
    key: sha256(JSON.stringify([...scope, key])).slice(0, 32),
    fingerprint: fingerprint.slice(0, 16),
  };
}

/** The id of a delivery is the key's for good, so even one that is made twice has only one. */
export function idOf({ key }: RequestKey): string {
  return `idem-${key}`;
}

const sha256 = (data: string | Buffer) => hash('sha256', data);
