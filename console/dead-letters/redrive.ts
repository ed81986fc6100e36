import { HEADER } from '../../common/model/delivery.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { AppError, BrokerUnavailableError, messageOf } from '../../common/base/errors.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { isFenced } from '../../common/kafka/error-type.ts';
import { fetchBounds } from '../../common/kafka/admin/offsets.ts';
import type { Bounds } from '../../common/kafka/admin/offsets.ts';
import { withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import { scanTopic } from '../../common/kafka/consume/topic-scan.ts';
import { createTransactionalWriter } from '../../common/kafka/produce/transactional-writer.ts';
import type { TransactionalWriter } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import type { BacklogGate } from '../republish/backlog-gate.ts';
import { TransactionBatch } from '../republish/transaction-batch.ts';
import { CopyLimits } from '../republish/copy-limits.ts';
import { recordsPerTransaction } from '../republish/pace.ts';
import { Pacer } from '../republish/pacer.ts';
import { DiscardedNotes } from './discarded.ts';
import { classify, classifyDiscard } from './redrive-filter.ts';
import type { Verdict } from './redrive-filter.ts';
import { redriveWindow } from './redrive-window.ts';
import { covers, withinLog, withOffsets } from '../republish/offset-ranges.ts';
import type { OffsetRanges } from '../republish/offset-ranges.ts';
import type { RedriveOptions } from './redrive-args.ts';
import { RedriveTally } from './tally.ts';
import { loadRedriven, redrivenRecord } from './redrive-progress.ts';
import { settled, whyErased } from '../../common/user-keys/body-keys.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';

export interface RedriveDeps {
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly bodyKeys: BodyKeys;
  readonly logger: Logger;
  /** Waits while too much is undelivered; default: does not. */
  readonly backlog?: BacklogGate;
  /** Stops after the transaction under way. */
  readonly signal?: AbortSignal;
  /** Partitions of the topic of attempts, for notes of what is discarded. */
  readonly attemptsPartitions?: number;
  /** Called after each step; `read` of `total` offsets of the dead letters have been looked at. */
  readonly onProgress?: (progress: { read: number; total: number; copied: number }) => void;
}

/**
 * Puts dead letters back into delivery, each exactly once however often this is run, killed or
 * run twice at a time: the copies and the note that they were made are one Kafka transaction.
 *
 * @returns what was found and done; all of the filter's matches unless `signal` stopped it
 * @throws AppError redrive_fenced  another redrive took over; what this one did stays done
 * @throws BrokerUnavailableError   run it again: nothing is repeated
 */
export async function redrive(deps: RedriveDeps, options: RedriveOptions): Promise<RedriveTally> {
  const tally = new RedriveTally();
  const { kafka, names, logger } = deps;
  const limits = await CopyLimits.read(deps, names.bulkDeliveries);
  const transactionalId = names.redriveTransactionalId;
  const writer = options.isDryRun
    ? null
    : createTransactionalWriter({ kafka, transactionalId, logger, limits: limits.topics });
  const goOn = async () => {
    await writer?.fence();
    const redriven = await loadRedriven({ kafka, topic: names.redriveProgress, logger });
    // Says that a redrive is under way: the periodic one then waits its turn.
    await writer?.write([redrivenRecord(names.redriveProgress, 0, redriven.get(0) ?? [])]);
    const bounds = await withAdmin(kafka, (admin) => fetchBounds(admin, names.deadLetters));
    tally.begin();
    await new Redrive({ deps, options, writer, limits, tally, bounds, redriven }).run();
    return tally;
  };
  try {
    return await limits.keeping(goOn);
  } catch (error) {
    throw explained(error, tally);
  } finally {
    await writer?.close();
  }
}

interface Parts {
  readonly deps: RedriveDeps;
  readonly options: RedriveOptions;
  /** null in a dry run. */
  readonly writer: TransactionalWriter | null;
  readonly limits: CopyLimits;
  readonly tally: RedriveTally;
  readonly bounds: ReadonlyMap<number, Bounds>;
  readonly redriven: ReadonlyMap<number, OffsetRanges>;
}

class Redrive {
  private readonly parts: Parts;
  private readonly redriven: Map<number, OffsetRanges>;
  private readonly batch: TransactionBatch;
  private readonly pacer: Pacer;
  /** null: they are put back. */
  private readonly discarded: DiscardedNotes | null;
  /** Keyed by subscription. */
  private readonly admitted = new Map<string | null, number>();

  constructor(parts: Parts) {
    this.parts = parts;
    const { bounds, redriven, options, deps } = parts;
    this.redriven = new Map(
      [...bounds].map(([partition, { high }]) => {
        return [partition, withinLog(redriven.get(partition) ?? [], high)];
      }),
    );
    this.batch = new TransactionBatch(
      deps.names.bulkDeliveries,
      recordsPerTransaction(options.rate),
    );
    this.pacer = new Pacer(options.rate, deps.signal);
    const to = { topic: deps.names.attempts, partitions: deps.attemptsPartitions ?? 1 };
    const { discardReason: reason } = options;
    this.discarded = reason === undefined ? null : new DiscardedNotes(to, reason);
  }

  async run(): Promise<void> {
    const { deps, bounds, options, tally } = this.parts;
    const { from, to } = redriveWindow(bounds, this.redriven, options.places);
    const progress = new Progress(deps, from, to);
    const topic = deps.names.deadLetters;
    for await (const batch of scanTopic({ ...deps, topic, from, to })) {
      const { partition } = batch;
      for (const record of await settled(batch.records, deps.bodyKeys)) {
        if (covers(this.redriven.get(partition) ?? [], record.offset)) continue;
        const verdict = this.classify(record);
        if (verdict.kind === 'redrive' && !this.admits(record)) continue;
        tally.count(record.headers, verdict);
        if (verdict.kind !== 'redrive' || options.isDryRun) continue;
        if (!this.batch.takes(record)) await this.flush();
        // The note of one that is discarded is short, and its body is not needed.
        this.batch.add(this.discarded ? { ...record, value: null } : record, verdict.headers);
        this.discarded?.add(record, Date.now());
        if (deps.signal?.aborted) return;
      }
      progress.show(batch, tally.redriven);
    }
    await this.flush();
  }

  private classify(record: LogRecord): Verdict {
    const { options, limits, deps } = this.parts;
    if (this.discarded) return classifyDiscard(record, options.filter);
    const verdict = classify(record, options.filter);
    if (verdict.kind !== 'redrive') return verdict;
    const reason = whyErased(record, deps.bodyKeys) ?? limits.whyTooLarge(record, verdict.headers);
    return reason === null ? verdict : { kind: 'skip', reason };
  }

  /** Counts it when it is one more than before of its endpoint, up to the most. */
  private admits({ headers }: LogRecord): boolean {
    const { mostFor } = this.parts.options;
    if (!mostFor) return true;
    const subscription = headers[HEADER.subscription] ?? null;
    const count = (this.admitted.get(subscription) ?? 0) + 1;
    if (count > mostFor(subscription)) return false;
    this.admitted.set(subscription, count);
    return true;
  }

  /** Writes one transaction: the copies, and the note which dead letters they are copies of. */
  private async flush(): Promise<void> {
    const { deps, writer, tally } = this.parts;
    if (this.batch.size === 0 || !writer) return;
    if (!this.discarded) await deps.backlog?.room(this.batch.size, deps.signal);
    if (!(await this.pacer.turn(this.batch.size))) return;
    const { records, offsets } = this.batch.take();
    const states = [...offsets].map(([partition, added]): [number, OffsetRanges] => [
      partition,
      withOffsets(this.redriven.get(partition) ?? [], added),
    ]);
    const topic = deps.names.redriveProgress;
    await writer.write([
      ...(this.discarded?.take() ?? (await deps.bodyKeys.sealed(records))),
      ...states.map(([partition, ranges]) => redrivenRecord(topic, partition, ranges)),
    ]);
    for (const [partition, ranges] of states) this.redriven.set(partition, ranges);
    tally.redriven += records.length;
  }
}

/** How far the dead letters have been read, in offsets. */
class Progress {
  private readonly deps: RedriveDeps;
  private readonly positions: Map<number, number>;
  private readonly total: number;
  private read = 0;

  constructor(
    deps: RedriveDeps,
    from: ReadonlyMap<number, number>,
    to: ReadonlyMap<number, number>,
  ) {
    this.deps = deps;
    this.positions = new Map(from);
    this.total = [...to].reduce((sum, [n, end]) => sum + end - (from.get(n) ?? end), 0);
  }

  show({ partition, readTo }: { partition: number; readTo: number }, copied: number): void {
    this.read += readTo - (this.positions.get(partition) ?? readTo);
    this.positions.set(partition, readTo);
    this.deps.onProgress?.({ read: this.read, total: this.total, copied });
  }
}

function explained(error: unknown, { redriven }: RedriveTally): unknown {
  const done = `${redriven} put back until then`;
  if (isFenced(error)) {
    const message = `Another redrive has taken over (${done}, none of them twice)`;
    return new AppError('redrive_fenced', message, { cause: error });
  }
  if (error instanceof AppError && !error.retryable) return error;
  return new BrokerUnavailableError(
    `The redrive has stopped (${done}); run again, it repeats none. ${messageOf(error)}`,
    error,
  );
}
