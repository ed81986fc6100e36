import { setImmediate as yieldTurn } from 'node:timers/promises';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';

/**
 * Which files have which content: of all partitions and producers, for as long as Kafka keeps the
 * progress of files.
 */
export class KnownContents {
  private readonly progress: CompactedTable<FileProgress>;
  /** Ids of the files of each content. */
  private readonly ids = new Map<string, Set<string>>();
  private readonly contents = new Map<string, string>();
  /** Files that this process began to read and whose content is not in the log yet. */
  private readonly begun = new Map<string, FileProgress>();
  private soonCaughtUp: Promise<void> | null = null;

  constructor(progress: CompactedTable<FileProgress>) {
    this.progress = progress;
    for (const [id, file] of progress.entries()) this.note(id, file);
    progress.onChange((id, file) => this.note(id, file));
  }

  /** Makes a file known to others of this process before its progress is written. */
  begin(file: FileProgress): void {
    this.begun.set(file.id, file);
    this.addId(file.id, file.sha256);
  }

  /** The newest progress of the other files with the same content. */
  others(fileId: string, sha256: string): readonly FileProgress[] {
    return [...(this.ids.get(sha256) ?? [])].flatMap((id) => {
      if (id === fileId) return [];
      const file = this.begun.get(id) ?? this.progress.get(id);
      return file ? [file] : [];
    });
  }

  /** Resolves when all that any producer wrote before the call is known. */
  caughtUp(): Promise<void> {
    // One look-up serves many small files that are read together.
    this.soonCaughtUp ??= yieldTurn().then(() => {
      this.soonCaughtUp = null;
      return this.progress.caughtUp();
    });
    return this.soonCaughtUp;
  }

  private note(id: string, file: FileProgress | undefined): void {
    const isEnded = file?.state === 'done' || file?.state === 'failed';
    if (isEnded || file?.sha256 !== undefined) this.begun.delete(id);
    this.addId(id, file?.sha256);
  }

  private addId(id: string, sha256: string | undefined): void {
    const before = this.contents.get(id);
    if (before === sha256) return;
    if (before !== undefined) this.ids.get(before)?.delete(id);
    if (sha256 === undefined) {
      this.contents.delete(id);
      return;
    }
    this.contents.set(id, sha256);
    const ids = this.ids.get(sha256) ?? new Set();
    this.ids.set(sha256, ids.add(id));
  }
}
