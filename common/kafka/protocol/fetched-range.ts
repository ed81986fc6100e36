import type { DecodedRecord } from './decode-records.ts';

/**
 * Selects the records that a fetch from an offset has brought.
 *
 * @param messages of whole batches, of which the first may begin before the offset; in the order
 *                 of the log, with transaction markers and what was aborted as control records
 * @returns the records from the offset on, and the offset after the last message
 */
export function fetchedRange(
  offset: number,
  messages: readonly DecodedRecord[],
): { readonly records: readonly DecodedRecord[]; readonly readTo: number } {
  const records: DecodedRecord[] = [];
  let readTo = offset;
  for (const message of messages) {
    // The end of a batch whose head is damaged is not known, so the batch is named by its first
    // offset. It stands for the one record that was asked for, and nothing is passed over.
    const isMoved = message.offset < offset && message.undecodable && readTo === offset;
    if (message.offset < offset && !isMoved) continue;
    const read = isMoved ? movedTo(offset, message) : message;
    readTo = read.offset + 1;
    if (!read.isControlRecord) records.push(read);
  }
  return { records, readTo };
}

function movedTo(offset: number, message: DecodedRecord): DecodedRecord {
  const { firstOffset = offset, reason = '' } = message.undecodable ?? {};
  return { ...message, offset, undecodable: { firstOffset, lastOffset: offset, reason } };
}
