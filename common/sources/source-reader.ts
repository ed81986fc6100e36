import type { PartitionReader } from '../kafka/consume/partition-reader.ts';
import type { Sources } from './sources.ts';

/**
 * A reader that hands out the records of source topics as the events that they are. One that cannot
 * be read yet ends what is read, as the end of the log does.
 */
export function readingSources(
  reader: PartitionReader,
  sources: Pick<Sources, 'readAll'>,
): PartitionReader {
  return {
    async read(at) {
      const { records, ...place } = await reader.read(at);
      const { read, heldAt } = await sources.readAll(records);
      return { ...place, records: read, readTo: heldAt ?? place.readTo };
    },
    close: () => reader.close(),
  };
}
