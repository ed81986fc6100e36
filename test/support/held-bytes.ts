import { collectGarbage } from '../../common/process/collect-garbage.ts';

/** Returns the size of all buffers that are in use, in bytes; garbage is collected first. */
export function heldBytes(): number {
  collectGarbage();
  // The bytes are freed on another thread, which the next collection waits for.
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}
