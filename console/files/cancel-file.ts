import { AppError, BrokerUnavailableError, messageOf } from '../../common/base/errors.ts';
import { withDeadline } from '../../common/base/loaded.ts';
import { retryUntilDone } from '../../common/base/retry.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import type { PartitionCounts } from '../../common/kafka/admin/topic-admin.ts';
import type { CompactedTable, TransactionalWriter } from '../../common/kafka/ports.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import { createTransactionalWriter } from '../../common/kafka/produce/transactional-writer.ts';
import type { FileCancellation } from '../../common/model/file-cancellation.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { TopicNames } from '../../common/topics/topics.ts';

export interface CancelDeps {
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly counts: PartitionCounts;
  readonly progress: Pick<CompactedTable<FileProgress>, 'get' | 'caughtUp'>;
  /** Whether anything of a file is still to come. */
  readonly isLeft: (progress: FileProgress) => boolean;
  readonly logger: Logger;
}

const DEADLINE_MS = 10_000;
const FENCED_WAIT_MS_MAX = 200;

/**
 * Cancels what is left of a file. Its reader is fenced out and, when it comes back, finds that the
 * file is over; the consumers learn in the same transaction that nothing more of it is sent.
 *
 * @returns its progress; unchanged when nothing was left of it, or it was cancelled before
 * @throws AppError file_unknown
 * @throws BrokerUnavailableError it may have been cancelled all the same
 */
export async function cancelFile(deps: CancelDeps, id: string): Promise<FileProgress> {
  const giveUpAtMs = Date.now() + DEADLINE_MS;
  const mayRetry = (error: unknown) => {
    if (error instanceof AppError && !error.retryable) return false;
    if (Date.now() < giveUpAtMs) return true;
    throw new BrokerUnavailableError(`File ${id} not cancelled: ${messageOf(error)}`, error);
  };
  // The reader that was fenced out, or another cancellation, may take its turn at this moment.
  const pauseMs = () => Math.random() * FENCED_WAIT_MS_MAX;
  const known = await load(deps, id);
  if (!isCancellable(known, deps)) return known;
  return retryUntilDone(() => cancelFenced(deps, id), { pauseMs, mayRetry });
}

async function cancelFenced(deps: CancelDeps, id: string): Promise<FileProgress> {
  const { kafka, names, counts, logger } = deps;
  const partition = partitionOf(id, counts.of(names.files));
  const transactionalId = names.ingestTransactionalId(partition);
  const writer = createTransactionalWriter({ kafka, transactionalId, logger });
  try {
    await writer.fence();
    // Fenced first: the reader can add nothing to what is read now.
    const before = await load(deps, id);
    if (!isCancellable(before, deps)) return before;
    await write(deps, writer, before);
    return await load(deps, id);
  } finally {
    await writer.close();
  }
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
  const record = (topic: string, value: object) => {
    const partition = partitionOf(id, counts.of(topic));
    return { topic, partition, key: id, value: JSON.stringify(value), headers: {} };
  };
  await writer.write([
    record(names.fileProgress, progress),
    record(names.cancelledFiles, cancellation),
  ]);
}

async function load({ progress, names, counts }: CancelDeps, id: string): Promise<FileProgress> {
  const read = progress.caughtUp(partitionOf(id, counts.of(names.fileProgress)));
  await withDeadline(read, 'the progress of files');
  const found = progress.get(id);
  if (found) return found;
  throw new AppError('file_unknown', `There is no file ${id}`);
}

function isCancellable(progress: FileProgress, { isLeft }: CancelDeps): boolean {
  return progress.cancelledAt === undefined && isLeft(progress);
}
