import { Worker } from 'node:worker_threads';
import { join } from 'node:path';
import { messageOf } from '../../common/base/errors.ts';
import { waitAtMost } from '../../common/base/retry.ts';
import type { FileError } from '../../common/model/file-progress.ts';
import type { ByteSource } from './byte-source.ts';
import { BrokenArchiveError } from './decompressed-source.ts';
import type { StoredFile } from './file-store.ts';
import type { Place } from './record-block.ts';
import { UnfitFileError } from './unfit-file.ts';

/** A call of the thread that decodes. `part` answers its own request; null: not to be had now. */
export type ThreadCall =
  | { readonly kind: 'open' }
  | { readonly kind: 'rows'; readonly from: number }
  | { readonly kind: 'part'; readonly bytes: ArrayBuffer | null };

/** An answer of the thread, or its request for a part of the file. */
export type ThreadAnswer =
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | Result
  | { readonly kind: 'refused'; readonly error: FileError };

type Result =
  | { readonly kind: 'opened'; readonly rows: number }
  | { readonly kind: 'rows'; readonly text: Uint8Array; readonly nextRow: number };

const SCRIPT = join(import.meta.dirname, 'parquet-thread.ts');
/** Some thousand rows take a tenth of a second; a busy machine may take a hundred times as long. */
const BUSY_MS_MAX = 30_000;
const BUSY_LOOKS = 10;
/** Enough for the rows that are decoded at once, whatever the memory of the process. */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 };
const NEWLINE = 10;

/**
 * The rows of a Parquet file as JSON lines. They are decoded some thousand at a time in a thread,
 * which holds the compressed bytes of one row group.
 */
export class ParquetSource implements ByteSource {
  readonly compression = 'parquet';
  readonly fileBytes: number;
  private readonly stored: StoredFile;
  private readonly thread: DecodingThread;
  private readonly rows: number;
  /** Number of the row that comes behind `chunk`, from 0. */
  private nextRow = 0;
  private chunk: Uint8Array = new Uint8Array();
  /** Place in the text at which `chunk` begins. */
  private chunkStart = 0;

  private constructor(stored: StoredFile, thread: DecodingThread, rows: number) {
    this.stored = stored;
    this.fileBytes = stored.bytes;
    this.thread = thread;
    this.rows = rows;
  }

  /** @throws UnfitFileError it cannot be read, with the reason; else what the store throws */
  static async open(stored: StoredFile, busyMsMax = BUSY_MS_MAX): Promise<ParquetSource> {
    const thread = new DecodingThread(stored, busyMsMax);
    try {
      const opened = await thread.call({ kind: 'open' });
      return new ParquetSource(stored, thread, opened.kind === 'opened' ? opened.rows : 0);
    } catch (error) {
      await thread.end();
      throw error;
    }
  }

  /** Begins at a row, so that those before it need not be decoded; each row is a line. */
  begin({ offset, line }: Place): void {
    this.nextRow = line - 1;
    this.chunkStart = offset;
    this.chunk = new Uint8Array();
  }

  /** @throws UnfitFileError the file is damaged; else what the store throws */
  async read(target: Buffer, position: number): Promise<number> {
    if (position < 0) {
      // Before the first row stands no line that would lack its end.
      target[0] = NEWLINE;
      return 1;
    }
    if (position < this.chunkStart) this.begin({ offset: 0, line: 1 });
    while (position >= this.chunkStart + this.chunk.length) {
      if (this.nextRow >= this.rows) return 0;
      const decoded = await this.thread.call({ kind: 'rows', from: this.nextRow });
      if (decoded.kind !== 'rows') return 0;
      this.chunkStart += this.chunk.length;
      this.chunk = decoded.text;
      this.nextRow = decoded.nextRow;
    }
    const found = this.chunk.subarray(position - this.chunkStart).subarray(0, target.length);
    target.set(found);
    return found.length;
  }

  async close(): Promise<void> {
    await this.thread.end();
    await this.stored.close();
  }
}

/** Memory that the rows fill is a fault of the file; another error of a thread may pass. */
function asBroken(error: unknown): Error {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') return error as Error;
  return new BrokenArchiveError(`the Parquet file cannot be read: ${messageOf(error)}`);
}

/** The thread that decodes one file. It asks for the parts of the file that it needs. */
class DecodingThread {
  private readonly stored: StoredFile;
  private readonly worker: Worker;
  private readonly busyMsMax: number;
  private waiting = Promise.withResolvers<ThreadAnswer>();
  /** Why it can do no more. */
  private ended: Error | null = null;

  constructor(stored: StoredFile, busyMsMax: number) {
    this.stored = stored;
    this.busyMsMax = busyMsMax;
    // A rejection before the first call has nobody who waits for it.
    this.waiting.promise.catch(() => {});
    const options = { workerData: { bytes: stored.bytes }, resourceLimits: LIMITS };
    this.worker = new Worker(SCRIPT, options);
    this.worker.on('message', (answer: ThreadAnswer) => this.waiting.resolve(answer));
    this.worker.on('error', (error) => this.fail(asBroken(error)));
  }

  async call(call: ThreadCall): Promise<Result> {
    let failure: unknown = null;
    for (let answer = await this.exchange(call); ;) {
      if (answer.kind === 'part') {
        const bytes = await loadPart(this.stored, answer).catch((error: unknown) => {
          failure = error;
          return null;
        });
        answer = await this.exchange({ kind: 'part', bytes }, bytes ? [bytes] : []);
        continue;
      }
      // The thread could not know why, and it says nothing about the file.
      if (failure !== null) throw failure;
      if (answer.kind !== 'refused') return answer;
      throw new UnfitFileError(answer.error.code as UnfitFileError['code'], answer.error.message);
    }
  }

  async end(): Promise<void> {
    this.fail(new Error('the file is closed'));
    await this.worker.terminate();
  }

  /** Waits for the next answer, and for a thread that is busy for too long no longer. */
  private async exchange(
    call: ThreadCall,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<ThreadAnswer> {
    if (this.ended !== null) throw this.ended;
    this.waiting = Promise.withResolvers();
    this.worker.postMessage(call, [...transfer]);
    const answer = this.waiting.promise;
    // A machine that sleeps, or a process that is stopped, costs one look and not the file.
    for (let look = 0; look < BUSY_LOOKS; look += 1) {
      if (await waitAtMost(answer, this.busyMsMax / BUSY_LOOKS)) return answer;
    }
    const reason = `some rows were decoded for more than ${this.busyMsMax} ms`;
    this.fail(new BrokenArchiveError(`the Parquet file cannot be read: ${reason}`));
    await this.worker.terminate();
    return answer;
  }

  private fail(error: Error): void {
    this.ended ??= error;
    this.waiting.reject(this.ended);
  }
}

async function loadPart(
  stored: StoredFile,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<ArrayBuffer> {
  const bytes = new ArrayBuffer(end - start);
  await readPart(stored, Buffer.from(bytes), start);
  return bytes;
}

/** Fills a buffer with the bytes of a file from a place on. @throws BrokenArchiveError */
export async function readPart(stored: StoredFile, target: Buffer, start: number): Promise<void> {
  for (let filled = 0; filled < target.length;) {
    const bytesRead = await stored.read(target.subarray(filled), start + filled);
    if (bytesRead === 0) throw new BrokenArchiveError(`the file ends at byte ${start + filled}`);
    filled += bytesRead;
  }
}
