import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import { objectUrl } from '../../common/model/bucket-inbox.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { Announcement } from './announcement.ts';

interface ProgressTopic {
  readonly progressTopic: string;
  /** Number of partitions by which the ids of files are hashed. */
  readonly partitions: number;
}

/** The progress of a file that nobody has begun to read. */
export function queuedProgress({ id, name, bytes, object }: Announcement): FileProgress {
  const nothing = { bytesRead: 0, rows: 0, rejected: 0, startedAt: null, finishedAt: null };
  const place = object && {
    object: objectUrl(object.bucket, object.key),
    etag: object.etag,
  };
  return { id, name, state: 'queued', bytes, ...place, ...nothing, warnings: [] };
}

/** A file's progress as a record of the partition that its owner owns. */
export function progressRecord(
  progress: FileProgress,
  { progressTopic, partitions }: ProgressTopic,
): OutgoingRecord {
  return {
    topic: progressTopic,
    partition: partitionOf(progress.id, partitions),
    key: progress.id,
    value: JSON.stringify(progress),
    headers: {},
  };
}
