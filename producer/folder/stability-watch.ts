import { forEachAtOnce } from '../../common/base/for-each-at-once.ts';
import { fileKind } from '../file/file-kinds.ts';
import type { FileKind } from '../file/file-kinds.ts';
import { whyDownloading, whyNeverTaken } from './left.ts';
import type { LeftReason } from './left.ts';
import { isSettled, rest } from './stability.ts';
import type { Rest } from './stability.ts';
import { isUnfinished } from './file-tail.ts';
import type { Entry } from './inbox.ts';

interface Deps {
  readonly settleMs: number;
  /** How long a file whose last line has no end must rest. */
  readonly unfinishedWaitMs: number;
  /** Bytes of a file's end that are read: as many as the longest valid row may take. */
  readonly tailBytes: number;
}

/** An entry that is not taken, or not yet. */
export interface Left {
  readonly entry: Entry;
  readonly reason: LeftReason;
}

export interface Sorted {
  /** Files that have rested and may be taken. */
  readonly ready: readonly Entry[];
  readonly left: readonly Left[];
  /** Whether some will be ready, or left, for no other reason than that time goes by. */
  readonly isWaiting: boolean;
}

interface Resting extends Rest {
  /** Result of a look at the end of the file; absent until there was one. */
  readonly isUnfinished?: boolean;
}

const TAILS_AT_ONCE = 8;

/** Tells, from one look at the inbox to the next, which files have come to rest. */
export class Settling {
  private readonly deps: Deps;
  private readonly rests = new Map<string, Resting>();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  async sort(entries: readonly Entry[], nowMs: number): Promise<Sorted> {
    const { settleMs } = this.deps;
    this.forgetOthers(entries);
    const names = new Set(entries.map(({ name }) => name));
    const settled: { entry: Entry; kind: FileKind }[] = [];
    const left: Left[] = [];
    let isWaiting = false;
    for (const entry of entries) {
      const { key, name, type } = entry;
      const kind = fileKind(name);
      const never = whyNeverTaken(name, type);
      const resting: Resting = rest(this.rests.get(key), entry, nowMs);
      this.rests.set(key, resting);
      if (!isSettled(resting, nowMs, settleMs)) {
        isWaiting ||= never === null;
        continue;
      }
      const reason = never ?? whyDownloading(name, names);
      if (reason) left.push({ entry, reason });
      else if (kind) settled.push({ entry, kind });
    }
    const unfinished = await this.unfinishedOf(settled, nowMs);
    for (const { entry } of settled) {
      if (unfinished.has(entry)) left.push({ entry, reason: this.unfinishedReason() });
    }
    const ready = settled.map(({ entry }) => entry).filter((entry) => !unfinished.has(entry));
    return { ready, left, isWaiting: isWaiting || unfinished.size > 0 };
  }

  forget({ key }: Entry): void {
    this.rests.delete(key);
  }

  /** Lets a file rest again, from a time that may lie ahead. */
  postpone(entry: Entry, untilMs: number): void {
    this.rests.set(entry.key, { ...entry, sinceMs: untilMs });
  }

  private forgetOthers(entries: readonly Entry[]): void {
    const keys = new Set(entries.map(({ key }) => key));
    for (const key of this.rests.keys()) if (!keys.has(key)) this.rests.delete(key);
  }

  /** Returns the files whose last line has no end and may yet get it. */
  private async unfinishedOf(
    settled: readonly { entry: Entry; kind: FileKind }[],
    nowMs: number,
  ): Promise<ReadonlySet<Entry>> {
    const { unfinishedWaitMs, tailBytes } = this.deps;
    const unfinished = new Set<Entry>();
    await forEachAtOnce(TAILS_AT_ONCE, settled, async ({ entry, kind }) => {
      const resting = this.rests.get(entry.key) as Resting;
      if (isSettled(resting, nowMs, unfinishedWaitMs)) return;
      const seen = resting.isUnfinished ?? (await isUnfinished(entry.path, kind, tailBytes));
      this.rests.set(entry.key, { ...resting, isUnfinished: seen });
      if (seen) unfinished.add(entry);
    });
    return unfinished;
  }

  private unfinishedReason(): LeftReason {
    const wait = `${this.deps.unfinishedWaitMs / 1_000} s`;
    const message = `its last line has no end; it is taken when nothing was added for ${wait}`;
    return { code: 'last_line_unfinished', message };
  }
}
