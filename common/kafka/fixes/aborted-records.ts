import { abortedRecords } from '../protocol/aborted-records.ts';
import type { AbortedTransaction, FetchedRecord } from '../protocol/aborted-records.ts';
import { wrapMethod } from '../internals.ts';

export interface FetchedPartition {
  abortedTransactions: readonly AbortedTransaction[] | null;
  readonly messages: readonly (FetchedRecord & { isControlRecord: boolean })[];
}

interface FetchResponse {
  readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[];
}

type Fetch = (this: object, options: unknown) => Promise<FetchResponse | null>;

/**
 * kafkajs 2.2.4 takes the aborted transactions of a fetch in the broker's order, which is that of
 * their ends, and at most one for each record (src/consumer/filterAbortedMessages.js). Where those
 * of several producers overlap in a partition, it hands out aborted records as if they had been
 * committed. So they are found here, and marked as control records, which kafkajs hands to nobody.
 */
export function fixAbortedRecords(): void {
  wrapMethod<Fetch>('broker', 'fetch', (fetch) => {
    return async function (options) {
      const response = await fetch.call(this, options);
      response?.responses.flatMap((topic) => topic.partitions).forEach(markAborted);
      return response;
    };
  });
}

/** Makes control records of what was aborted, in a partition as it was fetched. */
export function markAborted(partition: FetchedPartition): void {
  const { abortedTransactions, messages } = partition;
  if (!abortedTransactions?.length) return;
  for (const record of abortedRecords(messages, abortedTransactions)) {
    record.isControlRecord = true;
  }
  partition.abortedTransactions = [];
}
