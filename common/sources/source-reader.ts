import type { PartitionReader } from '../kafka/consume/partition-reader.ts';
import type { Sources } from './sources.ts';

/** A reader that hands out the records of source topics as the events that they are. */
export function readingSources(
  reader: PartitionReader,
  sources: Pick<Sources, 'readAll'>,
): PartitionReader {
  return {
    async read(at) {
      const { records, ...place } = await reader.read(at);
      return { ...place, records: await sources.readAll(records) };
    },
    close: () => reader.close(),
  };
}
