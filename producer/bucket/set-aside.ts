import { inboxOf, parseObjectUrl } from '../../common/model/bucket-inbox.ts';
import type { BucketInbox } from '../../common/model/bucket-inbox.ts';
import { NOT_MOVED, isSetAside } from '../../common/model/file-progress.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { Announcement, ObjectPlace } from '../file/announcement.ts';
import type { LeftReason } from '../folder/left.ts';

/** An object that S3 refuses to give, move or tag, and the reason. */
export interface SetAside {
  readonly file: Announcement & { readonly object: ObjectPlace };
  readonly inbox: BucketInbox;
  readonly reason: LeftReason;
}

/** Finds the objects of the inboxes that are set aside until they are announced again. */
export function findSetAside(
  files: Iterable<readonly [id: string, progress: FileProgress]>,
  inboxes: readonly BucketInbox[],
): readonly SetAside[] {
  const found: SetAside[] = [];
  for (const [, progress] of files) {
    const { id, name, bytes, object: url, etag, error, warnings } = progress;
    if (url === undefined || etag === undefined || !isSetAside(progress)) continue;
    const place = parseObjectUrl(url);
    const inbox = place && inboxOf(place.bucket, place.key, inboxes);
    if (!place || !inbox) continue;
    const notMoved = warnings.find(({ code }) => code === NOT_MOVED);
    const message = notMoved
      ? `read, but not moved or tagged: ${notMoved.message}`
      : String(error?.message);
    const file = { id, name, bytes, object: { ...place, etag } };
    found.push({ file, inbox, reason: { code: 'object_refused', message } });
  }
  return found;
}
