import type { LogDatabase } from './database.ts';

/** Records of a partition as the thread gets them: their values lie one after the other. */
export interface Batch {
  readonly partition: number;
  readonly readTo: number;
  readonly records: readonly {
    /** Offset after the record. */
    readonly next: number;
    /** Bytes of its value. */
    readonly length: number;
  }[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Methods of the database that are called from outside its thread. */
export type Called = Pick<
  LogDatabase,
  'positions' | 'clear' | 'select' | 'lastAttempts' | 'latestAttempts' | 'points' | 'addSample'
>;

export interface ThreadOptions {
  /** Path of the database. */
  readonly path: string;
  readonly retentionMs: number;
}
