import { ulid } from 'ulid';
import { AppError, BrokerUnavailableError, messageOf } from '../../common/base/errors.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { isFenced } from '../../common/kafka/error-type.ts';
import { withUncommittedAdmin } from '../../common/kafka/admin/high-watermarks.ts';
import { asOnlyWriter } from '../../common/kafka/produce/as-only-writer.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import { resolveTarget } from '../../common/kafka/admin/reset-offsets.ts';
import type { TopicLimits } from '../../common/kafka/admin/topic-limits.ts';
import { createTransactionalWriter } from '../../common/kafka/produce/transactional-writer.ts';
import type {
  CompactedTable,
  OutgoingRecord,
  TransactionalWriter,
} from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import type { Sources } from '../../common/sources/sources.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import { targetsOf } from './replay-request.ts';
import { firstTopicOf, offsetsLeft } from './replay-state.ts';
import type { ReplayRequest, ReplayState } from './replay-state.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';

export interface StoreDeps {
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  /** Partition count of the replays topic. */
  readonly partitions: number;
  /** The replays topic, live. */
  readonly table: CompactedTable<ReplayState>;
  /** Tells which events are for a subscription that is asked for. */
  readonly subscriptions: Pick<CompactedTable<Subscription>, 'get' | 'caughtUp'>;
  /** Reads the records of source topics; absent: there are none. */
  readonly sources?: Pick<Sources, 'readAll'>;
  readonly bodyKeys: BodyKeys;
  readonly logger: Logger;
}

/** The state as a record, to be written in one transaction with the copies that it counts. */
export function stateRecord({ names, partitions }: StoreDeps, state: ReplayState): OutgoingRecord {
  const { id } = state;
  const partition = partitionOf(id, partitions);
  return { topic: names.replays, partition, key: id, value: JSON.stringify(state), headers: {} };
}

type Windows = Pick<ReplayState, 'windows' | 'bulkWindows'>;

/**
 * Fixes the windows: the end is what is in the log now, so that a replay never reads its copies.
 *
 * @throws BrokerUnavailableError
 */
export async function planWindows(
  { kafka, names }: Pick<StoreDeps, 'kafka' | 'names'>,
  request: ReplayRequest,
): Promise<Windows> {
  const { from, to } = targetsOf(request);
  const planOne = async (
    admin: Parameters<typeof resolveTarget>[0],
    topic: string,
  ): Promise<ReplayState['windows']> => {
    if (request.topic !== null && request.topic !== topic) return [];
    const ends = await resolveTarget(admin, topic, to);
    const starts = await resolveTarget(admin, topic, from);
    return [...ends]
      .sort(([a], [b]) => a - b)
      .map(([partition, { offset: end }]) => {
        const isAsked = request.partition === null || request.partition === partition;
        const start = starts.get(partition)?.offset ?? end;
        return [partition, isAsked ? Math.min(start, end) : end, end];
      });
  };
  const planned = withUncommittedAdmin(kafka, async (admin) => ({
    windows: await planOne(admin, firstTopicOf(request.topic, names)),
    bulkWindows: await planOne(admin, names.bulkDeliveries),
  }));
  return answered(planned);
}

/** Writes down a new replay; nothing is copied yet. @throws BrokerUnavailableError */
export async function createReplay(
  deps: StoreDeps,
  request: ReplayRequest,
  runner: ReplayState['runner'],
): Promise<ReplayState> {
  const windows = await planWindows(deps, request);
  const replay: ReplayState = {
    ...request,
    id: ulid(),
    state: 'running',
    runner,
    ...windows,
    offsets: offsetsLeft(windows),
    copied: 0,
    skipped: {},
    startedAt: Date.now(),
    endedAt: null,
  };
  const written = withWriter(deps, replay.id, async (writer) => {
    await writer.fence();
    await writer.write([stateRecord(deps, replay)]);
    await loadReplay(deps, replay.id);
  });
  await answered(written);
  return replay;
}

/**
 * Ends a replay, whichever process runs it: that one's next transaction is refused. What has been
 * copied stays in delivery.
 *
 * @returns the state at the end; unchanged when it had ended before
 * @throws AppError replay_unknown
 * @throws BrokerUnavailableError
 */
export async function cancelReplay(deps: StoreDeps, id: string): Promise<ReplayState> {
  const known = await loadReplay(deps, id);
  if (known.state !== 'running') return known;
  const cancelOnce = async (writer: TransactionalWriter) => {
    const replay = await loadReplay(deps, id);
    if (replay.state !== 'running') return replay;
    const cancelled: ReplayState = { ...replay, state: 'cancelled', endedAt: Date.now() };
    await writer.write([stateRecord(deps, cancelled)]);
    await loadReplay(deps, id);
    return cancelled;
  };
  // A process that takes the replay over at this moment fences this one out: then it is our turn.
  const options = { failure: `Replay ${id} not cancelled`, mayRetry: isFenced };
  return answered(asOnlyWriter(() => openWriter(deps, id), cancelOnce, options));
}

/**
 * The newest state. Call it after fencing: what an older owner had under way is then either in
 * the answer or aborted.
 *
 * @throws AppError replay_unknown
 * @throws BrokerUnavailableError
 */
export async function loadReplay(
  { table, partitions }: StoreDeps,
  id: string,
): Promise<ReplayState> {
  await answered(table.caughtUp(partitionOf(id, partitions)));
  const replay = table.get(id);
  if (replay) return replay;
  throw new AppError('replay_unknown', `There is no replay ${id}`);
}

export async function withWriter<Result>(
  deps: StoreDeps,
  id: string,
  work: (writer: TransactionalWriter) => Promise<Result>,
  limits?: TopicLimits,
): Promise<Result> {
  const writer = openWriter(deps, id, limits);
  try {
    return await work(writer);
  } finally {
    await writer.close();
  }
}

function openWriter({ kafka, names, logger }: StoreDeps, id: string, limits?: TopicLimits) {
  const transactionalId = names.replayTransactionalId(id);
  return createTransactionalWriter({ kafka, transactionalId, logger, ...(limits && { limits }) });
}

/** Turns the errors that kafkajs throws while no broker answers into an error that callers know. */
async function answered<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError) throw error;
    const message = `The replays cannot be read or written: ${messageOf(error)}`;
    throw new BrokerUnavailableError(message, error);
  }
}
