import { forEachAtOnce } from '../../common/base/for-each-at-once.ts';
import { fileKind } from '../file/file-kinds.ts';
import type { FileKind } from '../file/file-kinds.ts';
import { whyDownloading, whyNeverTaken } from './left.ts';
import type { LeftReason } from './left.ts';
import type { Left } from './left-list.ts';
import { isSettled, stabilityWait } from './stability.ts';
import type { StabilityWait } from './stability.ts';
import { isUnfinished } from './file-tail.ts';
import type { Entry } from './inbox.ts';

interface Deps {
  readonly settleMs: number;
  /** Time for which a file whose last line has no end must be unchanged, in ms. */
  readonly unfinishedWaitMs: number;
  /** Bytes of a file's end that are read: as many as the longest valid row may take. */
  readonly tailBytes: number;
}

export interface Sorted {
  /** Files that are stable and may be taken. */
  readonly ready: readonly Entry[];
  readonly left: readonly Left[];
  /** Whether some will be ready, or left, for no other reason than that time goes by. */
  readonly isWaiting: boolean;
}

interface NotedWait extends StabilityWait {
  /** Result of a look at the end of the file; absent until there was one. */
  readonly isUnfinished?: boolean;
}

const TAILS_AT_ONCE = 8;

/** Finds, from one listing of the inbox to the next, the files that have stopped changing. */
export class StabilityWatch {
  private readonly deps: Deps;
  private readonly waits = new Map<string, NotedWait>();

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
      const waited: NotedWait = stabilityWait(this.waits.get(key), entry, nowMs);
      this.waits.set(key, waited);
      if (!isSettled(waited, nowMs, settleMs)) {
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
    this.waits.delete(key);
  }

  /** Begins the wait of a file again, at a time that may lie ahead. */
  postpone(entry: Entry, untilMs: number): void {
    this.waits.set(entry.key, { ...entry, sinceMs: untilMs });
  }

  private forgetOthers(entries: readonly Entry[]): void {
    const keys = new Set(entries.map(({ key }) => key));
    for (const key of this.waits.keys()) if (!keys.has(key)) this.waits.delete(key);
  }

  /** Returns the files whose last line has no end and may yet get it. */
  private async unfinishedOf(
    settled: readonly { entry: Entry; kind: FileKind }[],
    nowMs: number,
  ): Promise<ReadonlySet<Entry>> {
    const { unfinishedWaitMs, tailBytes } = this.deps;
    const unfinished = new Set<Entry>();
    await forEachAtOnce(TAILS_AT_ONCE, settled, async ({ entry, kind }) => {
      const waited = this.waits.get(entry.key) as NotedWait;
      if (isSettled(waited, nowMs, unfinishedWaitMs)) return;
      const seen = waited.isUnfinished ?? (await isUnfinished(entry.path, kind, tailBytes));
      this.waits.set(entry.key, { ...waited, isUnfinished: seen });
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
