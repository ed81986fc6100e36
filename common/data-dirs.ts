import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * The folders under DATA_DIR, absolute. A file moves from inbox to processing to done or failed.
 */
export interface DataDirs {
  readonly inbox: string;
  readonly processing: string;
  readonly done: string;
  readonly failed: string;
  readonly output: string;
}

/** Names the folders without touching the disk. */
export function dataDirs(dataDir: string): DataDirs {
  const at = (name: string) => resolve(dataDir, name);
  return {
    inbox: at('inbox'),
    processing: at('processing'),
    done: at('done'),
    failed: at('failed'),
    output: at('output'),
  };
}

/** Where the receiver writes the alerts that it accepted. */
export function receiverOutput(config: { DATA_DIR: string; RECEIVER_OUTPUT: string }): string {
  return config.RECEIVER_OUTPUT || resolve(dataDirs(config.DATA_DIR).output, 'received.csv');
}

/** Makes the folders that are missing. */
export function makeDataDirs(dirs: DataDirs): void {
  for (const dir of Object.values(dirs)) mkdirSync(dir as string, { recursive: true });
}
