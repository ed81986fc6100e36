import { copyFile, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { REJECTED_HEADER, rejectedCsv } from './rejected-row.ts';
import type { RejectedRow } from './rejected-row.ts';

/** A file of rejected rows and how much of it counts. */
export interface RejectedState {
  readonly name: string | null;
  readonly bytes: number;
}

/**
 * The rejected rows of one file while it is read. Each owner writes a file of its own, begun with
 * a copy of what the checkpoint says of the last owner's: so an old owner that still writes
 * cannot spoil it, and no row is in it twice or missing, whenever a process dies.
 */
export class RejectedFile {
  private readonly folder: string;
  private readonly ownName: string;
  private current: RejectedState;
  private handle: FileHandle | null = null;

  /** @param ownName a name in the folder that no other owner uses */
  constructor(folder: string, ownName: string, from: RejectedState) {
    this.folder = folder;
    this.ownName = ownName;
    this.current = from;
  }

  get state(): RejectedState {
    return this.current;
  }

  /** Writes rejected rows. They are on the disk when it resolves, and then part of `state`. */
  async append(rows: readonly RejectedRow[]): Promise<void> {
    if (rows.length === 0) return;
    this.handle ??= await this.begin();
    const header = this.current.bytes === 0 ? REJECTED_HEADER : '';
    const bytes = Buffer.from(header + rejectedCsv(rows));
    let written = 0;
    while (written < bytes.length) {
      const at = this.current.bytes + written;
      written += (await this.handle.write(bytes, written, bytes.length - written, at)).bytesWritten;
    }
    await this.handle.datasync();
    this.current = { name: this.ownName, bytes: this.current.bytes + bytes.length };
  }

  async close(): Promise<void> {
    await this.handle?.close();
    this.handle = null;
  }

  private async begin(): Promise<FileHandle> {
    const path = join(this.folder, this.ownName);
    const { name, bytes } = this.current;
    if (name === null) return open(path, 'w');
    const before = join(this.folder, name);
    const held = await stat(before).then(
      ({ size }) => size,
      () => 0,
    );
    // Only a person can have shortened the file; what is left is kept.
    this.current = { name, bytes: Math.min(bytes, held) };
    if (held === 0) return open(path, 'w');
    await copyFile(before, path);
    const handle = await open(path, 'r+');
    await handle.truncate(this.current.bytes);
    return handle;
  }
}
