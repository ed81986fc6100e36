import { createRequire } from 'node:module';
import { crc32c } from '@node-rs/crc32';
import { invariant } from '../errors.ts';

const CRC32C = 'kafkajs/src/protocol/recordBatch/crc32C';
/** What would have taken hold of the slow one by then. */
const USER = 'kafkajs/src/protocol/recordBatch/v0';

let patched = false;

/**
 * kafkajs 2.2.4 sums up every byte that it sends in JavaScript, 2 ns for each: with the attempts,
 * a twentieth of what a delivery takes. The processor's own instruction takes 0.13 ns.
 */
export function patchCrc32c(): void {
  if (patched) return;
  patched = true;
  const require = createRequire(import.meta.url);
  invariant(!(require.resolve(USER) in require.cache), 'kafkajs has its checksum already');
  const path = require.resolve(CRC32C);
  require(path);
  const loaded = require.cache[path];
  invariant(loaded, 'a module that is loaded is in the cache');
  loaded.exports = (bytes: Buffer) => crc32c(bytes);
}
