import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import type { ObjectPlace } from '../file/announcement.ts';

/**
 * Makes the id of an object's content: the same in every process, so that the log has one owner,
 * one progress and one transactional id for it, whoever announces it and how often. The same key
 * with another content, or written again at another time, has another id.
 *
 * @param modifiedMs when it was written, as the listing says; the id sorts by it
 */
export function objectId({ bucket, key, etag }: ObjectPlace, modifiedMs: number): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([bucket, key, etag]))
    .digest();
  let at = 0;
  // Some servers list fractions of a second, and forget them later.
  const modified = Math.max(1, Math.floor(modifiedMs / 1_000)) * 1_000;
  return ulid(modified, () => (hash[at++] as number) / 256);
}
