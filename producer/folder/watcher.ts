import { watch } from 'chokidar';
import type { FSWatcher } from 'chokidar';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { waitAtMost } from '../../common/base/retry.ts';
import { decodeTime } from 'ulid';
import { makeDataDirs } from '../../common/config/data-dirs.ts';
import type { DataDirs } from '../../common/config/data-dirs.ts';
import { forEachAtOnce } from '../../common/base/for-each-at-once.ts';
import { messageOf } from '../../common/base/errors.ts';
import type { InboxState } from '../../common/model/inbox-state.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { Announce } from '../file/announcement.ts';
import { parseClaimedName } from '../file/file-name.ts';
import { isUnannounced } from './unannounced.ts';
import { claim, lookAtInbox } from './inbox.ts';
import type { Claimed, Entry } from './inbox.ts';
import { LeftList } from './left-list.ts';
import type { Left } from './left-list.ts';
import { StabilityWatch } from './stability-watch.ts';
import { findOpenForWriting, inodeOf } from './writers.ts';

interface Deps {
  readonly dirs: DataDirs;
  readonly settleMs: number;
  /** How long a file whose last line has no end must rest. */
  readonly unfinishedWaitMs: number;
  /** Bytes of a file's end that are read: as many as the longest valid row may take. */
  readonly tailBytes: number;
  readonly newId: () => string;
  readonly announce: Announce;
  /** Whether an owner has ever written the progress of a file. */
  readonly hasProgress: (fileId: string) => boolean;
  /** Called after every look with what is not taken. */
  readonly report: (state: InboxState) => void;
  readonly logger: Logger;
}

const ANNOUNCE_DEADLINE_MS = 10_000;
const FORGOTTEN_INTERVAL_MS = 10_000;
/** Network folders tell nobody of a change, so we look now and then without being told. */
const IDLE_LOOK_MS = 2_000;
const CLAIM_RETRY_MS = 30_000;
const CLAIMS_AT_ONCE = 8;
const OPEN_FOR_WRITING = {
  code: 'open_for_writing',
  message: 'a process has it open for writing',
} as const;

/** Takes files from the inbox for ever: settled, then claimed, then announced. */
export class FolderWatcher {
  private readonly deps: Deps;
  private readonly stability: StabilityWatch;
  private readonly leftList: LeftList;
  /** Whether something will be ready when time has gone by. */
  private isWaiting = false;
  /** Claimed and not yet announced. */
  private readonly held = new Map<string, Claimed>();
  private readonly announcedAtMs = new Map<string, number>();
  private forgottenAtMs = -Infinity;
  private watcher: FSWatcher | null = null;
  private wake: () => void = () => {};
  private changed = false;
  private closed = false;
  private loop: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.deps = deps;
    this.stability = new StabilityWatch(deps);
    this.leftList = new LeftList(deps.logger);
  }

  start(): void {
    const { dirs, logger } = this.deps;
    this.watcher = watch(dirs.inbox, {
      depth: 0,
      ignoreInitial: true,
      ignorePermissionErrors: true,
    });
    this.watcher.on('all', () => this.onChange());
    this.watcher.on('error', (error) =>
      logger.warn({ err: messageOf(error) }, 'inbox.watch-failed'),
    );
    this.loop = this.run();
  }

  /** Takes no further file; what is claimed stays in `processing/` for the next start. */
  async close(): Promise<void> {
    this.closed = true;
    this.onChange();
    await this.watcher?.close();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { logger } = this.deps;
    while (!this.closed) {
      this.changed = false;
      await this.tick().catch((error: unknown) =>
        logger.error({ err: error }, 'inbox.look-failed'),
      );
      await this.pause();
    }
  }

  private async pause(): Promise<void> {
    // While a file settles, events do not shorten the pause, because each write would be an event.
    const isBusy = this.isWaiting || this.held.size > 0;
    if (this.closed || (this.changed && !isBusy)) return;
    const pauseMs = isBusy ? Math.min(250, Math.max(25, this.deps.settleMs / 4)) : IDLE_LOOK_MS;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.wake = isBusy ? () => {} : resolve;
    await waitAtMost(promise, pauseMs);
  }

  private onChange(): void {
    this.changed = true;
    this.wake();
  }

  private async tick(): Promise<void> {
    // The folders may have been removed meanwhile, or not be mounted yet.
    makeDataDirs(this.deps.dirs);
    await this.findUnannounced(Date.now());
    await this.takeFromInbox();
    await this.announceHeld();
  }

  private async takeFromInbox(): Promise<void> {
    const entries = await lookAtInbox(this.deps.dirs);
    const nowMs = Date.now();
    const { ready, left, isWaiting } = await this.stability.sort(entries, nowMs);
    const written = await findOpenForWriting(new Set(ready.map(({ inode }) => inode)));
    const open: Left[] = [];
    // Files are announced in the order of their names, though several at once.
    await forEachAtOnce(CLAIMS_AT_ONCE, ready, async (entry) => {
      if (this.closed) return;
      if (written.has(entry.inode)) open.push({ entry, reason: OPEN_FOR_WRITING });
      else await this.claim(entry);
    });
    if (this.closed) return;
    this.isWaiting = isWaiting || open.length > 0;
    this.deps.report(this.leftList.note([...left, ...open], nowMs));
  }

  private async claim(entry: Entry): Promise<void> {
    const { dirs, newId, logger } = this.deps;
    try {
      const claimed = await claim(entry, newId(), dirs);
      this.stability.forget(entry);
      if (!claimed) return;
      this.held.set(claimed.id, claimed);
      logger.info({ file: claimed.id, name: claimed.name, bytes: claimed.bytes }, 'file.claimed');
    } catch (error) {
      // The failure may pass, such as missing rights: the file stays where it is, and is tried
      // again later.
      this.stability.postpone(entry, Date.now() + CLAIM_RETRY_MS);
      logger.error({ err: messageOf(error), name: entry.name }, 'file.claim-failed');
    }
  }

  /** A writer may have opened a file between the check and the rename, so it is checked again. */
  private async announceHeld(): Promise<void> {
    const held = [...this.held.values()];
    const written = await findOpenForWriting(new Set(held.map(({ inode }) => inode)));
    const ready = held.filter(({ inode }) => !written.has(inode));
    await Promise.all(ready.map((file) => this.announce(file)));
  }

  private async announce({ id, name, bytes }: Claimed): Promise<void> {
    const { announce, logger } = this.deps;
    try {
      await announce({ id, name, bytes }, ANNOUNCE_DEADLINE_MS);
      this.held.delete(id);
      this.announcedAtMs.set(id, Date.now());
      logger.debug({ file: id, name }, 'file.announced');
    } catch (error) {
      logger.warn({ err: messageOf(error), file: id }, 'file.announce-failed');
    }
  }

  /** Claimed files whose announcement got lost in a crash are held again. */
  private async findUnannounced(nowMs: number): Promise<void> {
    if (nowMs - this.forgottenAtMs < FORGOTTEN_INTERVAL_MS) return;
    const atStart = this.forgottenAtMs === -Infinity;
    this.forgottenAtMs = nowMs;
    const { dirs, hasProgress } = this.deps;
    const present = new Set<string>();
    for (const entry of await readdir(dirs.processing)) {
      const file = parseClaimedName(entry);
      if (!file) continue;
      const { id, name } = file;
      present.add(id);
      const known = {
        claimedAtMs: decodeTime(id),
        announcedAtMs: this.announcedAtMs.get(id) ?? null,
        hasProgress: hasProgress(id),
      };
      if (this.held.has(id) || !isUnannounced(known, nowMs, atStart)) continue;
      const stats = await lstat(join(dirs.processing, entry)).catch(() => null);
      if (stats) this.held.set(id, { id, name, bytes: stats.size, inode: inodeOf(stats) });
    }
    for (const id of this.announcedAtMs.keys()) if (!present.has(id)) this.announcedAtMs.delete(id);
  }
}
