import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { inboxOf, objectUrl, urlOf } from '../../common/model/bucket-inbox.ts';
import type { BucketInbox } from '../../common/model/bucket-inbox.ts';
import { claimedName, rejectedCsvName } from '../../common/model/file-names.ts';
import type { DataDirs } from '../../common/config/data-dirs.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { Announcement, ObjectPlace } from '../file/announcement.ts';
import type { FileStore } from '../file/file-store.ts';
import { errorReport, putOutcome } from '../file/outcome-files.ts';
import { UnfitFileError } from '../file/unfit-file.ts';
import { isMovable, moveObject, tagObject } from './after-reading.ts';
import { ObjectFile } from './object-file.ts';
import { outcomeKey } from './outcome-key.ts';
import { refusalOf } from './refusal.ts';
import type { S3 } from './s3.ts';

interface Deps {
  readonly s3: S3;
  readonly inboxes: readonly BucketInbox[];
  /** Treatment of objects that were read. */
  readonly after: 'move' | 'tag' | 'keep';
  readonly dirs: DataDirs;
}

/** The objects of the buckets. Rejected rows lie in the data folder, too, where the API looks. */
export class BucketStore implements FileStore {
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  open({ object, bytes }: Announcement): Promise<ObjectFile> {
    return Promise.resolve(new ObjectFile(this.deps.s3, object as ObjectPlace, bytes));
  }

  async archive({ object, bytes }: Announcement, progress: FileProgress): Promise<void> {
    const { s3, after, dirs } = this.deps;
    const place = object as ObjectPlace;
    const { id, name, state } = progress;
    await putOutcome(progress, claimedName(id, name), dirs);
    if (after === 'keep') return;
    const outcome = state === 'done' ? 'done' : 'failed';
    if (after === 'tag' || !isMovable({ bytes })) return tagObject(s3, place, outcome);
    const inbox = this.inboxOf(place);
    const key = outcomeKey(place.key, { id, name }, inbox, outcome);
    await this.putBeside(place.bucket, key, progress);
    await moveObject(s3, place, key);
  }

  /** @throws UnfitFileError the settings were changed since, or another producer has others */
  private inboxOf({ bucket, key }: ObjectPlace): BucketInbox {
    const inbox = inboxOf(bucket, key, this.deps.inboxes);
    if (inbox) return inbox;
    const known = this.deps.inboxes.map(urlOf).join(', ');
    throw new UnfitFileError(
      'object_refused',
      `${objectUrl(bucket, key)} lies in no inbox of the producer (S3_INBOX=${known})`,
    );
  }

  /** Puts the rejected rows of an object, and why it failed, where it is moved to. */
  private async putBeside(bucket: string, key: string, progress: FileProgress): Promise<void> {
    const report = errorReport(progress);
    if (report !== null) await this.put(bucket, `${key}.error.json`, { Body: report });
    if (!progress.resume?.rejectedBytes) return;
    const { dirs } = this.deps;
    const folder = progress.state === 'done' ? dirs.done : dirs.failed;
    const path = join(folder, rejectedCsvName(claimedName(progress.id, progress.name)));
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size === 0) return;
    const rows = createReadStream(path);
    // A request that fails before it has read them leaves the file open.
    await this.put(bucket, rejectedCsvName(key), { Body: rows, ContentLength: size }).finally(() =>
      rows.destroy(),
    );
  }

  /** @throws UnfitFileError S3 refuses it */
  private async put(
    bucket: string,
    key: string,
    body: { readonly Body: string | Readable; readonly ContentLength?: number },
  ): Promise<void> {
    const { sdk, client } = this.deps.s3;
    const request = new sdk.PutObjectCommand({ Bucket: bucket, Key: key, ...body });
    await client.send(request).catch((error: unknown) => {
      throw refusalOf(error) ?? error;
    });
  }
}
