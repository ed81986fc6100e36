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

interface OwnCalls {
  /** Writes what was read; resolves when it is in the database. */
  write(batch: Batch): void;
  close(): void;
}

type Methods = Called & OwnCalls;

/** A call, as it is sent to the thread. */
export type Call = {
  [Name in keyof Methods]: {
    readonly id: number;
    readonly method: Name;
    readonly args: Parameters<Methods[Name]>;
  };
}[keyof Methods];

/** Answer to a call; without an id: something failed that nobody has called. */
export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number | null; readonly error: string };

export interface ThreadOptions {
  /** Path of the database. */
  readonly path: string;
  readonly retentionMs: number;
}
