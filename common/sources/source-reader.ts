import type { PartitionReader } from '../kafka/consume/partition-reader.ts';
import type { Sources } from './sources.ts';

/** A reader that hands out the records of source topics as the events that they are. */
export function readingSources(
  reader: PartitionReader,
  sources: Pick<Sources, 'read'>,
): PartitionReader {
  return {
    async read(at) {
      const { records, ...place } = await reader.read(at);
      return { ...place, records: records.flatMap((record) => sources.read(record) ?? []) };
    },
    close: () => reader.close(),
  };
}
