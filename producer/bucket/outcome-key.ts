import { outcomePrefix } from '../../common/model/bucket-inbox.ts';
import type { BucketInbox } from '../../common/model/bucket-inbox.ts';
import { claimedName } from '../../common/model/file-names.ts';

/** S3 allows 1,024 bytes; the names of what lies beside an object are longer than its own. */
const KEY_BYTES_MAX = 1_000;

/**
 * Returns the key that a read object is moved to: its folder below the inbox stays, and its name
 * gets the id, so that objects of one name do not overwrite each other.
 */
export function outcomeKey(
  key: string,
  { id, name }: { readonly id: string; readonly name: string },
  inbox: BucketInbox,
  outcome: 'done' | 'failed',
): string {
  const to = outcomePrefix(inbox, outcome);
  const folder = key.slice(inbox.prefix.length, key.lastIndexOf('/') + 1);
  const whole = `${to}${folder}${claimedName(id, name)}`;
  return Buffer.byteLength(whole) <= KEY_BYTES_MAX ? whole : to + claimedName(id, name);
}
