// The thread in which one Parquet file is decoded. Damaged bytes can keep the library busy for
// ever, or have it fill the memory: then only this thread is ended. Started by parquet-source.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { invariant, messageOf } from '../../common/base/errors.ts';
import { ParquetDecoder } from './parquet-decoder.ts';
import type { ThreadAnswer, ThreadCall } from './parquet-source.ts';
import { UnfitFileError } from './unfit-file.ts';

invariant(parentPort, 'a Parquet file is decoded in a thread of its own');
const port = parentPort;
const byteLength = (workerData as { readonly bytes: number }).bytes;
/** Parts of the row group that is being read: each look at some of its rows asks for them. */
const held = new Map<string, ArrayBuffer>();
let heldGroup = -1;
let part = Promise.withResolvers<ArrayBuffer>();
let before: Promise<unknown> = Promise.resolve();
let decoder: ParquetDecoder | null = null;

const answer = (one: ThreadAnswer, transfer: readonly ArrayBuffer[] = []) =>
  port.postMessage(one, [...transfer]);

const file = {
  byteLength,
  slice(start: number, end = byteLength): Promise<ArrayBuffer> {
    const next = before.then(() => load(start, end));
    before = next.catch(() => {});
    return next;
  },
};

async function load(start: number, end: number): Promise<ArrayBuffer> {
  const known = held.get(`${start}-${end}`);
  if (known) return known;
  if (!(start >= 0 && start <= end && end <= byteLength)) {
    throw new Error(`bytes ${start} to ${end} of ${byteLength} do not exist`);
  }
  part = Promise.withResolvers();
  answer({ kind: 'part', start, end });
  const bytes = await part.promise;
  held.set(`${start}-${end}`, bytes);
  return bytes;
}

async function decode(row: number): Promise<void> {
  invariant(decoder, 'a file is opened before its rows are decoded');
  const group = decoder.groupAt(row).index;
  if (group !== heldGroup) held.clear();
  heldGroup = group;
  const { text, nextRow } = await decoder.rowsFrom(row);
  const bytes = new TextEncoder().encode(text);
  answer({ kind: 'rows', text: bytes, nextRow }, [bytes.buffer]);
}

port.on('message', (call: ThreadCall) => {
  if (call.kind === 'part') {
    if (call.bytes) part.resolve(call.bytes);
    else part.reject(new Error('these bytes cannot be read now'));
    return;
  }
  const work = async () => {
    if (call.kind === 'rows') return decode(call.from);
    decoder = await ParquetDecoder.open(file);
    held.clear();
    answer({ kind: 'opened', rows: decoder.rows });
  };
  work().catch((error: unknown) => {
    const refused =
      error instanceof UnfitFileError
        ? error.fileError
        : { code: 'archive_broken' as const, message: `the Parquet file: ${messageOf(error)}` };
    answer({ kind: 'refused', error: refused });
  });
});
