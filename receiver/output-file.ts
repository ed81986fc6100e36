import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { csvLine } from './alert.ts';
import type { Alert } from './alert.ts';

export interface OutputFile {
  append(alert: Alert): void;
  /** Writes what is waiting. */
  flush(): void;
  close(): void;
}

const HEADER = 'user_id,alert_message\n';
const BATCH_CHARS = 65_536;
const FLUSH_MS = 100;

/**
 * A CSV of accepted alerts that is only ever appended to, a batch at a time and at the latest
 * after 100 ms. Writing is synchronous: a batch costs some 30 µs, and nothing piles up in memory.
 *
 * @param onError the file can no longer be written; what was in the batch is lost
 */
export function createOutputFile({
  path,
  onError,
}: {
  path: string;
  onError: (error: unknown) => void;
}): OutputFile {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'a+');
  let waiting = missingStart(file);
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const text = waiting;
    waiting = '';
    try {
      if (text !== '') appendFileSync(file, text);
    } catch (error) {
      onError(error);
    }
  }

  flush();
  return {
    append(alert) {
      waiting += csvLine(alert);
      if (waiting.length >= BATCH_CHARS) flush();
      else timer ??= setTimeout(flush, FLUSH_MS);
    },
    flush,
    close() {
      flush();
      closeSync(file);
    },
  };
}

/** The header of an empty file; the line end that a crash cut off, so that no line is joined. */
function missingStart(file: number): string {
  const { size } = fstatSync(file);
  if (size === 0) return HEADER;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last.toString() === '\n' ? '' : '\n';
}
