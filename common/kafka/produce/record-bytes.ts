import type { OutgoingRecord } from '../ports.ts';

/** Lengths, numbers and what a batch adds. */
const OVERHEAD_BYTES = 70;

/** About what a record takes in a batch: enough to bound batches and memory. */
export function recordBytes({ key, value, headers }: OutgoingRecord): number {
  let bytes = OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0);
  return bytes;
}
