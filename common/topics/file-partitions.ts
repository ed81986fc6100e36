import type { PartitionCounts } from '../kafka/admin/topic-admin.ts';
import { partitionOf } from '../kafka/produce/partitioner.ts';
import type { TopicNames } from './topics.ts';

/**
 * Returns by how many partitions the ids of files are hashed. The announcement and the progress of
 * a file lie in partitions of the same number, which also names the transactional id of its reader:
 * a process that hashes by another count would fence another reader.
 */
export function filePartitions(
  counts: PartitionCounts,
  { files, fileProgress }: Pick<TopicNames, 'files' | 'fileProgress'>,
): number {
  return Math.min(counts.of(files), counts.of(fileProgress));
}

/** Returns the partition of a file in both topics. */
export function filePartitionOf(
  id: string,
  counts: PartitionCounts,
  names: Pick<TopicNames, 'files' | 'fileProgress'>,
): number {
  return partitionOf(id, filePartitions(counts, names));
}
