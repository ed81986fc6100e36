import { encodeRecord } from './decide/encode-record.ts';
import type { RecordToEncode } from './decide/encode-record.ts';
import { replaceInternalModule } from './internals.ts';

/**
 * kafkajs 2.2.4 makes a buffer for each number of a record and half a kilobyte of zeros for each
 * header: most of what it costs to send many small records, and more in the collection of garbage.
 */
export function patchRecordEncoder(): void {
  replaceInternalModule(
    'protocol/recordBatch/record/v0',
    'protocol/requests/produce/v3/request',
    (record: RecordToEncode) => {
      const buffer = encodeRecord(record);
      return { buf: buffer, buffer };
    },
  );
}
