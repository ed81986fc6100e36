import { createRequire } from 'node:module';
import { invariant } from '../errors.ts';
import { decodeRecord } from './decide/decode-record.ts';
import type { BatchContext } from './decide/decode-record.ts';

const DECODER = 'kafkajs/src/protocol/recordBatch/record/v0/decoder';
/** What would have taken hold of the slow one by then. */
const USER = 'kafkajs/src/protocol/recordBatch/v0/decoder';

let patched = false;

/**
 * kafkajs 2.2.4 reads a record with 64-bit numbers made of objects, and copies its headers once
 * for each of them: 1.2 µs, three times what reading it plainly takes, and most of the garbage of
 * whoever reads much. Everything delivered, scanned, replayed or shown is read by this.
 */
export function patchRecordDecoder(): void {
  if (patched) return;
  patched = true;
  const require = createRequire(import.meta.url);
  invariant(!(require.resolve(USER) in require.cache), 'kafkajs has its record decoder already');
  const path = require.resolve(DECODER);
  require(path);
  const loaded = require.cache[path];
  invariant(loaded, 'a module that is loaded is in the cache');
  loaded.exports = ({ buffer }: { buffer: Buffer }, context: BatchContext) =>
    decodeRecord(buffer, context);
}
