import { forEachAtOnce } from '../../common/base/for-each-at-once.ts';
import { messageOf } from '../../common/base/errors.ts';
import { pause } from '../../common/base/retry.ts';
import type { Logger } from '../../common/base/logger.ts';
import { isSetAside } from '../../common/model/file-progress.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { InboxState } from '../../common/model/inbox-state.ts';
import { inboxOf, objectUrl, ownPrefixes, urlOf } from '../../common/model/bucket-inbox.ts';
import type { BucketInbox } from '../../common/model/bucket-inbox.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { Announce, Announcement } from '../file/announcement.ts';
import { cleanUploadName } from '../file/file-name.ts';
import { LeftList } from '../folder/left-list.ts';
import type { Left } from '../folder/left-list.ts';
import { whyNeverTaken } from '../folder/left.ts';
import { isUnannounced } from '../folder/unannounced.ts';
import { findObject, listObjects } from './list-objects.ts';
import type { ListedObject } from './list-objects.ts';
import { objectId } from './object-id.ts';
import { s3Message } from './refusal.ts';
import type { S3 } from './s3.ts';
import { findSetAside } from './set-aside.ts';
import type { SetAside } from './set-aside.ts';

interface Deps {
  readonly s3: S3;
  readonly inboxes: readonly BucketInbox[];
  readonly pollMs: number;
  /** Whether objects that were read are moved away. */
  readonly isMoved: boolean;
  /** Progress of all files, as their owners have written it. */
  readonly progress: Pick<CompactedTable<FileProgress>, 'get' | 'entries' | 'caughtUp'>;
  readonly announce: Announce;
  readonly report: (state: InboxState) => void;
  readonly logger: Logger;
}

/** Outcomes of a look at one object. */
export const LOOKS = ['announced', 'known', 'missing', 'not_read', 'ignored'] as const;
export type Look = (typeof LOOKS)[number];

export interface BucketState {
  readonly url: string;
  /** The inbox could not be listed. */
  readonly isAway: boolean;
  /** Objects that S3 refuses to give, move or tag. */
  readonly refused: number;
}

const ANNOUNCE_DEADLINE_MS = 10_000;
const ANNOUNCED_AT_ONCE = 100;
/** An object that S3 refuses may be one of many, and each further try is a request. */
const SET_ASIDE_REPEAT_MS = 600_000;

/**
 * Announces the objects of the inboxes for ever. Nothing is claimed: the id of an object follows
 * from its place and content, so the log gives it one owner, whoever announces it.
 */
export class BucketWatcher {
  private readonly deps: Deps;
  private readonly leftList: LeftList;
  private readonly ending = new AbortController();
  /** By id, when this process last announced an object that is not over. */
  private readonly announcedAtMs = new Map<string, number>();
  /** Inboxes that were listed to their end at least once. */
  private readonly listed = new Set<BucketInbox>();
  /** Inboxes that could not be listed at the last look, with the reason. */
  private readonly away = new Map<BucketInbox, string>();
  /** How many objects of an inbox S3 refused, as of the last look. */
  private readonly refused = new Map<BucketInbox, number>();
  private loop: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.deps = deps;
    this.leftList = new LeftList(deps.logger);
  }

  start(): void {
    this.loop = this.run();
  }

  /** The inboxes as they were at the last look. */
  states(): readonly BucketState[] {
    return this.deps.inboxes.map((inbox) => ({
      ...{ url: urlOf(inbox), isAway: this.away.has(inbox) },
      refused: this.refused.get(inbox) ?? 0,
    }));
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
    const isOurs = ownPrefixes(bucket, inboxes).some((prefix) => key.startsWith(prefix));
    if (isOurs || !inboxOf(bucket, key, inboxes)) return 'ignored';
    const object = await findObject(s3, bucket, key);
    if (!object) return 'missing';
    if (whyLeft(object) !== null) return 'not_read';
    return this.take(object, { nowMs: Date.now(), atStart: false });
  }

  private async run(): Promise<void> {
    const { deps, ending } = this;
    await deps.progress.caughtUp().catch(() => {});
    while (!ending.signal.aborted) {
      await this.lookAtAll().catch((error: unknown) =>
        deps.logger.error({ err: error }, 'bucket.look-failed'),
      );
      await pause(deps.pollMs, ending.signal);
    }
  }

  private async lookAtAll(): Promise<void> {
    const { inboxes, report } = this.deps;
    const left: Left[] = [];
    for (const inbox of inboxes) await this.look(inbox, left);
    await this.announceSetAside(Date.now(), left);
    this.forgetEnded();
    if (!this.ending.signal.aborted) report(this.leftList.note(left, Date.now()));
  }

  /** @param left gets what is not taken; the inbox itself when it cannot be listed */
  private async look(inbox: BucketInbox, left: Left[]): Promise<void> {
    const { s3, inboxes, logger } = this.deps;
    const url = urlOf(inbox);
    const atStart = !this.listed.has(inbox);
    try {
      const own = ownPrefixes(inbox.bucket, inboxes);
      for await (const objects of listObjects(s3, inbox, own)) {
        const nowMs = Date.now();
        await forEachAtOnce(ANNOUNCED_AT_ONCE, objects, async (object) => {
          if (object.key === inbox.prefix || this.ending.signal.aborted) return;
          const reason = whyLeft(object);
          if (reason) return void left.push({ entry: entryOf(object), reason });
          await this.take(object, { nowMs, atStart }).catch(this.onFailure(object));
        });
        if (this.ending.signal.aborted) return;
      }
      this.listed.add(inbox);
      if (this.away.delete(inbox)) {
        logger.info({ inbox: url }, 'bucket.back');
        // They may have been refused for the same reason.
        for (const { file } of this.setAside()) this.announcedAtMs.delete(file.id);
      }
    } catch (error) {
      const message = s3Message(error);
      if (this.away.get(inbox) !== message)
        logger.error({ inbox: url, err: message }, 'bucket.away');
      this.away.set(inbox, message);
      left.push({ entry: { key: url, name: url }, reason: { code: 'bucket_away', message } });
    }
  }

  private setAside() {
    const { progress, inboxes } = this.deps;
    return findSetAside(progress.entries(), inboxes);
  }

  /**
   * Announces the objects that S3 refuses once more, whether or not they are still there: their
   * owner finds out.
   */
  private async announceSetAside(nowMs: number, left: Left[]): Promise<void> {
    const due: SetAside['file'][] = [];
    this.refused.clear();
    for (const { file, inbox, reason } of this.setAside()) {
      left.push({ entry: entryOf(file.object), reason });
      this.refused.set(inbox, (this.refused.get(inbox) ?? 0) + 1);
      const announced = this.announcedAtMs.get(file.id) ?? -Infinity;
      if (nowMs - announced >= SET_ASIDE_REPEAT_MS) due.push(file);
    }
    await forEachAtOnce(ANNOUNCED_AT_ONCE, due, (file) =>
      this.announce(file, nowMs).catch(this.onFailure(file.object)),
    );
  }

  /** Forgets when objects were announced that are over, and most often no longer there. */
  private forgetEnded(): void {
    for (const id of this.announcedAtMs.keys()) {
      const known = this.deps.progress.get(id);
      if (known && isOver(known) && !isSetAside(known)) this.announcedAtMs.delete(id);
    }
  }

  private async take(
    object: ListedObject,
    { nowMs, atStart }: { readonly nowMs: number; readonly atStart: boolean },
  ): Promise<Look> {
    const { progress, isMoved } = this.deps;
    const { bucket, key, etag, bytes } = object;
    const id = objectId(object, object.modifiedMs);
    const known = progress.get(id);
    // An object that is over and still there is about to be moved, unless offsets were lost.
    if (known && isOver(known) && !(isMoved && atStart)) return 'known';
    const announcedAtMs = this.announcedAtMs.get(id) ?? null;
    // An object waits for nobody who claims it.
    const since = { claimedAtMs: 0, announcedAtMs, hasProgress: known !== undefined };
    if (!isUnannounced(since, nowMs, atStart)) return 'known';
    const name = cleanUploadName(key.slice(key.lastIndexOf('/') + 1)) as string;
    await this.announce({ id, name, bytes, object: { bucket, key, etag } }, nowMs);
    return known && isOver(known) ? 'known' : 'announced';
  }

  private async announce(file: Announcement, nowMs: number): Promise<void> {
    await this.deps.announce(file, ANNOUNCE_DEADLINE_MS);
    this.announcedAtMs.set(file.id, nowMs);
    this.deps.logger.debug({ ...file }, 'object.announced');
  }

  private onFailure(object: Pick<ListedObject, 'bucket' | 'key'>) {
    return (error: unknown) => {
      const { name } = entryOf(object);
      this.deps.logger.warn({ err: messageOf(error), object: name }, 'object.announce-failed');
    };
  }
}

function isOver({ state }: FileProgress): boolean {
  return state === 'done' || state === 'failed';
}

function entryOf({ bucket, key }: Pick<ListedObject, 'bucket' | 'key'>): Left['entry'] {
  const name = objectUrl(bucket, key);
  return { key: name, name };
}

function whyLeft({ key }: ListedObject) {
  const name = key.slice(key.lastIndexOf('/') + 1);
  if (name !== '') return whyNeverTaken(name, 'file');
  return { code: 'not_a_file', message: 'a folder marker, which has no content' } as const;
}
