import type { FileProgress } from '../../common/model/file-progress.ts';
import type { Announcement } from './announcement.ts';

/** Bytes of a file as they are stored, compressed or not. */
export interface StoredFile {
  readonly bytes: number;
  /**
   * Fills a buffer from its start.
   *
   * @param position of the first byte wanted, in the file
   * @returns how many bytes came: 0 only at the end of the file
   */
  read(target: Buffer, position: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * Place that files are read in and moved within: the data folder, or the buckets. All else about
 * reading a file is the same, wherever it lies.
 */
export interface FileStore {
  /**
   * @throws UnfitFileError this file cannot be read, now or later
   * @throws anything else: trying again may help
   */
  open(file: Announcement): Promise<StoredFile>;
  /**
   * Puts a finished file with all that belongs to it where its sender looks for it. May be called
   * again after a crash at any point of it.
   *
   * @param progress its last record; state `done` or `failed`
   */
  archive(file: Announcement, progress: FileProgress): Promise<void>;
}
