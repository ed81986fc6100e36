import type { Readable } from 'node:stream';
import { collectGarbage } from '../../common/process/collect-garbage.ts';

const EVERY_BYTES = 16 * 1024 ** 2;

/**
 * Has the chunks of a body freed soon after they were written, while it is read by somebody else.
 * To V8 each is a small object, whatever it holds: left alone, it lets a thousand of them wait, 64
 * KB each, until its room for what is new is full.
 */
export function collectBehind(body: Readable): void {
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes < EVERY_BYTES) return;
    bytes = 0;
    collectGarbage({ type: 'minor' });
  });
}
