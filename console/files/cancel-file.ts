import { AppError } from '../../common/base/errors.ts';
import { withDeadline } from '../../common/base/loaded.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import type { PartitionCounts } from '../../common/kafka/admin/topic-admin.ts';
import type { CompactedTable, TransactionalWriter } from '../../common/kafka/ports.ts';
import { asOnlyWriter } from '../../common/kafka/produce/as-only-writer.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import { createTransactionalWriter } from '../../common/kafka/produce/transactional-writer.ts';
import type { FileCancellation } from '../../common/model/file-cancellation.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { filePartitionOf } from '../../common/topics/file-partitions.ts';
import type { TopicNames } from '../../common/topics/topics.ts';

export interface CancelDeps {
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly counts: PartitionCounts;
  readonly progress: Pick<CompactedTable<FileProgress>, 'get' | 'caughtUp'>;
  /** Whether anything of a file is still to come. */
  readonly isLeft: (progress: FileProgress) => Promise<boolean>;
  readonly logger: Logger;
}

/**
 * Cancels what is left of a file. Its reader is fenced out and, when it comes back, finds that the
 * file is over; the consumers learn in the same transaction that nothing more of it is sent.
 *
 * @returns its progress, and whether this has cancelled it: nothing may have been left of it, or it
 *          was cancelled before
 * @throws AppError file_unknown, and what `isLeft` throws
 * @throws BrokerUnavailableError it may have been cancelled all the same
 */
export async function cancelFile(
  deps: CancelDeps,
  id: string,
): Promise<{ readonly progress: FileProgress; readonly isNew: boolean }> {
  const { kafka, names, counts, logger } = deps;
  const known = await load(deps, id);
  if (!(await isCancellable(known, deps))) return { progress: known, isNew: false };
  const transactionalId = names.ingestTransactionalId(filePartitionOf(id, counts, names));
  const open = () => createTransactionalWriter({ kafka, transactionalId, logger });
  const work = async (writer: TransactionalWriter) => {
    // The reader is fenced out: it can add nothing to what is read now.
    const before = await load(deps, id);
    if (!(await isCancellable(before, deps))) return { progress: before, isNew: false };
    await write(deps, writer, before);
    return { progress: await load(deps, id), isNew: true };
  };
  return asOnlyWriter(open, work, { failure: `File ${id} not cancelled` });
}

async function write(
  { names, counts }: CancelDeps,
  writer: TransactionalWriter,
  before: FileProgress,
): Promise<void> {
  const { id } = before;
  const at = Date.now();
  const nowIso = new Date(at).toISOString();
  const isOver = before.state === 'done' || before.state === 'failed';
  const reading = isOver ? {} : ({ state: 'done', finishedAt: nowIso } as const);
  const progress: FileProgress = { ...before, ...reading, cancelledAt: nowIso };
  const cancellation: FileCancellation = { id, at };
  const { fileProgress, cancelledFiles } = names;
  const record = (topic: string, partition: number, value: object) => ({
    ...{ topic, partition, key: id, value: JSON.stringify(value), headers: {} },
  });
  await writer.write([
    record(fileProgress, filePartitionOf(id, counts, names), progress),
    record(cancelledFiles, partitionOf(id, counts.of(cancelledFiles)), cancellation),
  ]);
}

async function load({ progress, names, counts }: CancelDeps, id: string): Promise<FileProgress> {
  const read = progress.caughtUp(filePartitionOf(id, counts, names));
  await withDeadline(read, 'the progress of files');
  const found = progress.get(id);
  if (found) return found;
  throw new AppError('file_unknown', `There is no file ${id}`);
}

async function isCancellable(progress: FileProgress, { isLeft }: CancelDeps): Promise<boolean> {
  return progress.cancelledAt === undefined && (await isLeft(progress));
}
