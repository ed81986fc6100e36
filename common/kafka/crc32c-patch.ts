import { crc32c } from '@node-rs/crc32';
import { replaceInternalModule } from './internals.ts';

/**
 * kafkajs 2.2.4 sums up every byte that it sends in JavaScript, 2 ns for each: with the attempts,
 * a twentieth of what a delivery takes. The processor's own instruction takes 0.13 ns.
 */
export function patchCrc32c(): void {
  replaceInternalModule('protocol/recordBatch/crc32C', 'protocol/recordBatch/v0', (bytes: Buffer) =>
    crc32c(bytes),
  );
}
