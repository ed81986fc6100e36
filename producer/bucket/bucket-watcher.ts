import { forEachAtOnce } from '../../common/base/for-each-at-once.ts';
import { messageOf } from '../../common/base/errors.ts';
import { pause } from '../../common/base/retry.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { InboxState } from '../../common/model/inbox-state.ts';
import { inboxOf, ownPrefixOf, urlOf } from '../../common/model/bucket-inbox.ts';
import type { BucketInbox } from '../../common/model/bucket-inbox.ts';
import type { Announce, Announcement } from '../file/announcement.ts';
import { cleanUploadName } from '../file/file-name.ts';
import { LeftList } from '../folder/left-list.ts';
import type { Left } from '../folder/left-list.ts';
import { whyNeverTaken } from '../folder/left.ts';
import { findObject, listObjects } from './list-objects.ts';
import type { ListedObject } from './list-objects.ts';
import { objectId } from './object-id.ts';
import { s3Message } from './s3.ts';
import type { S3 } from './s3.ts';

interface Deps {
  readonly s3: S3;
  readonly inboxes: readonly BucketInbox[];
  readonly pollMs: number;
  /** Whether objects that were read are moved away. */
  readonly isMoved: boolean;
  /** Progress of a file that any owner has written. */
  readonly progressOf: (fileId: string) => FileProgress | undefined;
  /** Resolves when all progress that was written before is known. */
  readonly caughtUp: () => Promise<void>;
  readonly announce: Announce;
  readonly report: (state: InboxState) => void;
  readonly logger: Logger;
}

/** Outcomes of a look at one object. */
export const LOOKS = ['announced', 'known', 'missing', 'not_read', 'ignored'] as const;
export type Look = (typeof LOOKS)[number];

const ANNOUNCE_DEADLINE_MS = 10_000;
const ANNOUNCED_AT_ONCE = 100;
/** Announcements are repeated, in case the group's offsets were lost; one too many is harmless. */
const REPEAT_MS = 600_000;

/**
 * Announces the objects of the inboxes for ever. Nothing is claimed: the id of an object follows
 * from its place and content, so the log gives it one owner, whoever announces it.
 */
export class BucketWatcher {
  private readonly deps: Deps;
  private readonly leftList: LeftList;
  private readonly ending = new AbortController();
  /** By id, when this process announced an object that it still sees and that is not over. */
  private announcedAtMs = new Map<string, number>();
  /** Inboxes that could not be listed at the last look, with the reason. */
  private readonly away = new Map<BucketInbox, string>();
  private loop: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.deps = deps;
    this.leftList = new LeftList(deps.logger);
  }

  start(): void {
    this.loop = this.run();
  }

  /** The inboxes, and whether each could not be listed at the last look. */
  states(): readonly (readonly [url: string, isAway: boolean])[] {
    return this.deps.inboxes.map((inbox) => [urlOf(inbox), this.away.has(inbox)]);
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.loop;
  }

  /**
   * Looks at one object, as somebody says that it has come.
   *
   * @throws what the SDK or Kafka says; the next listing looks again
   */
  async lookAt(bucket: string, key: string): Promise<Look> {
    const { s3, inboxes } = this.deps;
    const isOurs = ownPrefixOf(bucket, key, inboxes) !== null;
    if (isOurs || !inboxOf(bucket, key, inboxes)) return 'ignored';
    const object = await findObject(s3, bucket, key);
    if (!object) return 'missing';
    if (whyLeft(object) !== null) return 'not_read';
    return this.take(object, Date.now());
  }

  private async run(): Promise<void> {
    const { deps, ending } = this;
    await deps.caughtUp().catch(() => {});
    while (!ending.signal.aborted) {
      const left: Left[] = [];
      const before = this.announcedAtMs;
      const seen = new Set<string>();
      for (const inbox of deps.inboxes) left.push(...(await this.look(inbox, seen)));
      // Objects that could not be seen may still be there.
      if (this.away.size === 0) {
        this.announcedAtMs = new Map([...before].filter(([id]) => seen.has(id)));
      }
      if (ending.signal.aborted) return;
      deps.report(this.leftList.note(left, Date.now()));
      await pause(deps.pollMs, ending.signal);
    }
  }

  /** @returns what is not taken; the inbox itself when it cannot be listed */
  private async look(inbox: BucketInbox, seen: Set<string>): Promise<readonly Left[]> {
    const { s3, inboxes, logger } = this.deps;
    const url = urlOf(inbox);
    const left: Left[] = [];
    const skip = (key: string) => ownPrefixOf(inbox.bucket, key, inboxes);
    try {
      for await (const objects of listObjects(s3, inbox, skip)) {
        const nowMs = Date.now();
        await forEachAtOnce(ANNOUNCED_AT_ONCE, objects, async (object) => {
          const reason = object.key === inbox.prefix ? null : whyLeft(object);
          const name = `s3://${object.bucket}/${object.key}`;
          if (reason) left.push({ entry: { key: name, name }, reason });
          if (reason || object.key === inbox.prefix || this.ending.signal.aborted) return;
          seen.add(idOf(object));
          await this.take(object, nowMs).catch((error: unknown) => {
            logger.warn({ err: messageOf(error), object: name }, 'object.announce-failed');
          });
        });
        if (this.ending.signal.aborted) return left;
      }
      if (this.away.delete(inbox)) logger.info({ inbox: url }, 'bucket.back');
      return left;
    } catch (error) {
      const message = s3Message(error);
      if (this.away.get(inbox) !== message)
        logger.error({ inbox: url, err: message }, 'bucket.away');
      this.away.set(inbox, message);
      const reason = { code: 'bucket_away', message } as const;
      return [...left, { entry: { key: url, name: url }, reason }];
    }
  }

  private async take(object: ListedObject, nowMs: number): Promise<Look> {
    const { progressOf, isMoved, announce, logger } = this.deps;
    const { bucket, key, etag, bytes } = object;
    const id = idOf(object);
    const announced = this.announcedAtMs.get(id);
    const state = progressOf(id)?.state;
    const isOver = state === 'done' || state === 'failed';
    // One that is over and still there is about to be moved.
    if (isOver && !isMoved) return 'known';
    if (announced !== undefined && nowMs - announced < REPEAT_MS) return 'known';
    const name = cleanUploadName(key.slice(key.lastIndexOf('/') + 1)) as string;
    const file: Announcement = { id, name, bytes, object: { bucket, key, etag } };
    await announce(file, ANNOUNCE_DEADLINE_MS);
    this.announcedAtMs.set(id, nowMs);
    logger.debug({ file: id, name, object: `s3://${bucket}/${key}` }, 'object.announced');
    return isOver ? 'known' : 'announced';
  }
}

const idOf = (object: ListedObject) => objectId(object, object.modifiedMs);

function whyLeft({ key }: ListedObject) {
  const name = key.slice(key.lastIndexOf('/') + 1);
  if (name !== '') return whyNeverTaken(name, 'file');
  return { code: 'not_a_file', message: 'a folder marker, which has no content' } as const;
}
