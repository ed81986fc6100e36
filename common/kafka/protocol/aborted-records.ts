/**
 * Aborted transaction of a fetch response: its records lie between `firstOffset` and its abort
 * marker.
 */
export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

/** The needed fields of a record as kafkajs decodes it. */
export interface FetchedRecord {
  readonly offset: number;
  /** A marker's is bytes. */
  readonly key: string | Buffer | null;
  readonly isControlRecord: boolean;
  /** Present when the record's batch cannot be read. */
  readonly undecodable?: unknown;
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean };
}

/**
 * Finds the records of a fetched partition that belong to aborted transactions.
 *
 * @param records      in the order of the log, markers included
 * @param transactions in any order: the broker sorts them by where they ended, and several may
 *                     have begun before the first record
 */
export function abortedRecords<Fetched extends FetchedRecord>(
  records: readonly Fetched[],
  transactions: readonly AbortedTransaction[],
): readonly Fetched[] {
  const coming = transactions
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
    .sort((a, b) => a.firstOffset - b.firstOffset);
  const open = new Set<string>();
  let next = 0;
  return records.filter(({ offset, key, isControlRecord, undecodable, batchContext }) => {
    for (let one = coming[next]; one && one.firstOffset <= offset; one = coming[next]) {
      open.add(one.producerId);
      next += 1;
    }
    if (!batchContext?.inTransaction) return false;
    if (!isControlRecord) return open.has(batchContext.producerId);
    // A marker that cannot be read ends a transaction, too.
    if (isAbortMarker(key) || undecodable) open.delete(batchContext.producerId);
    return false;
  });
}

/** A marker's key: version and type, two bytes each; type 0 is an abort, 1 a commit. */
function isAbortMarker(key: string | Buffer | null): boolean {
  return Buffer.isBuffer(key) && key.length >= 4 && key.readInt16BE(2) === 0;
}
