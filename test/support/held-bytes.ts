import { collectGarbage } from '../../common/process/collect-garbage.ts';

/** What buffers take that are in use, garbage left out. */
export function heldBytes(): number {
  collectGarbage();
  // They are freed on another thread, which the next collection waits for.
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}
