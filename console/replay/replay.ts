import type { LogRecord } from '../../common/kafka/log-record.ts';
import { AppError, BrokerUnavailableError, messageOf } from '../../common/base/errors.ts';
import { isFenced } from '../../common/kafka/error-type.ts';
import type { TransactionalWriter } from '../../common/kafka/ports.ts';
import { TransactionBatch } from '../republish/transaction-batch.ts';
import { CopyLimits } from '../republish/copy-limits.ts';
import { recordsPerTransaction } from '../republish/pace.ts';
import { Pacer } from '../republish/pacer.ts';
import type { BacklogGate } from '../republish/backlog-gate.ts';
import { asReadable, classify } from './replay-filter.ts';
import type { Verdict } from './replay-filter.ts';
import { lanesOf } from './replay-state.ts';
import type { ReplayState } from './replay-state.ts';
import { loadTakes } from './events.ts';
import { Positions } from './positions.ts';
import { scanLanes } from './scan-lanes.ts';
import { loadReplay, stateRecord, withWriter } from './store.ts';
import type { StoreDeps } from './store.ts';

export interface ReplayDeps extends StoreDeps {
  readonly backlog: BacklogGate;
  /** Stops after the transaction under way. */
  readonly signal?: AbortSignal;
  /** Called after each step. */
  readonly onProgress?: (replay: ReplayState) => void;
}

/** A position is written down at least so often, even while nothing matches. */
const NOTE_INTERVAL_MS = 1_000;

/**
 * Goes on with a replay where its last transaction ended: the copies and the position behind them
 * are one Kafka transaction, so that none is lost or repeated, killed or run twice at a time.
 *
 * @param rate records a second from now on; undefined: as before
 * @returns the state at the end; still `running` when `signal` stopped it
 * @throws AppError replay_unknown
 * @throws AppError replay_fenced   another process took it over or cancelled it
 * @throws BrokerUnavailableError   run it again: nothing is repeated
 */
export async function runReplay(
  deps: ReplayDeps,
  id: string,
  rate?: number | null,
): Promise<ReplayState> {
  let copied = 0;
  try {
    const limits = await CopyLimits.read(deps, deps.names.bulkDeliveries);
    const goOn = async (writer: TransactionalWriter) => {
      await writer.fence();
      const replay = await loadReplay(deps, id);
      if (replay.state !== 'running') return replay;
      const takes = await loadTakes(deps, replay);
      const begun = rate === undefined ? replay : { ...replay, rate };
      const run = new ReplayRun(
        {
          ...deps,
          writer,
          limits,
          takes,
          onProgress: (now) => {
            copied = now.copied;
            deps.onProgress?.(now);
          },
        },
        begun,
      );
      return await run.toEnd();
    };
    const work = (writer: TransactionalWriter) => limits.keeping(() => goOn(writer));
    return await withWriter(deps, id, work, limits.topics);
  } catch (error) {
    throw explained(error, id, copied);
  }
}

interface RunDeps extends ReplayDeps {
  readonly writer: TransactionalWriter;
  readonly limits: CopyLimits;
  /** Whether an event is for the subscription that is asked for. */
  readonly takes: (event: LogRecord) => boolean;
}

class ReplayRun {
  private readonly deps: RunDeps;
  private readonly batch: TransactionBatch;
  private readonly pacer: Pacer;
  /** State of the replay as the topic has it. */
  private replay: ReplayState;
  /** Ahead of it by what the batch holds or passed over. */
  private readonly next: Positions;
  private skipped: Record<string, number>;
  private notedAtMs = performance.now();

  constructor(deps: RunDeps, replay: ReplayState) {
    this.deps = deps;
    this.replay = replay;
    this.batch = new TransactionBatch(
      deps.names.bulkDeliveries,
      recordsPerTransaction(replay.rate),
    );
    this.pacer = new Pacer(replay.rate, deps.signal);
    this.next = new Positions(lanesOf(replay, deps.names));
    this.skipped = { ...replay.skipped };
  }

  async toEnd(): Promise<ReplayState> {
    const { deps } = this;
    const lanes = lanesOf(this.replay, deps.names);
    for await (const { topic, partition, records, readTo } of scanLanes(deps, lanes)) {
      for (const record of records) {
        const verdict = this.classify(record);
        if (verdict.kind === 'copy') {
          if (!this.batch.takes(record)) await this.flush();
          if (deps.signal?.aborted) return this.replay;
          this.batch.add(verdict.record, verdict.headers);
        }
        if (verdict.kind === 'skip') this.skip(verdict.reason);
        this.next.set(topic, partition, record.offset + 1);
      }
      this.next.set(topic, partition, readTo);
      if (performance.now() - this.notedAtMs > NOTE_INTERVAL_MS) await this.flush();
      if (deps.signal?.aborted) return this.replay;
    }
    // Records that retention deleted meanwhile count as read.
    for (const { topic, windows } of lanes) {
      for (const [partition, , end] of windows) this.next.set(topic, partition, end);
    }
    await this.flush({ state: 'done', endedAt: Date.now() });
    return this.replay;
  }

  private classify(record: LogRecord): Verdict {
    const { takes, bodyKeys } = this.deps;
    const verdict = asReadable(classify(record, this.replay, this.replay.id, takes), bodyKeys);
    const reason =
      verdict.kind === 'copy'
        ? this.deps.limits.whyTooLarge(verdict.record, verdict.headers)
        : null;
    return reason === null ? verdict : { kind: 'skip', reason };
  }

  private skip(reason: string): void {
    this.skipped[reason] = (this.skipped[reason] ?? 0) + 1;
  }

  /**
   * Writes one transaction: the copies, and where to go on after them. Writes nothing once stopped.
   */
  private async flush(end: Partial<ReplayState> = {}): Promise<void> {
    const { deps, batch } = this;
    if (batch.size > 0) {
      await deps.backlog.room(batch.size, deps.signal);
      await this.pacer.turn(batch.size);
    }
    if (deps.signal?.aborted) return;
    const { records } = batch.take();
    const [live, bulk] = lanesOf(this.replay, deps.names);
    const after: ReplayState = {
      ...this.replay,
      windows: this.next.advanced(live),
      bulkWindows: this.next.advanced(bulk),
      copied: this.replay.copied + records.length,
      skipped: { ...this.skipped },
      ...end,
    };
    const sealed = await deps.bodyKeys.sealed(records);
    await deps.writer.write([...sealed, stateRecord(deps, after)]);
    this.replay = after;
    this.notedAtMs = performance.now();
    deps.onProgress?.(after);
  }
}

function explained(error: unknown, id: string, copied: number): unknown {
  const done = `${copied} put back into delivery until then`;
  if (isFenced(error)) {
    const message = `Replay ${id} was cancelled or taken over elsewhere (${done}, none twice)`;
    return new AppError('replay_fenced', message, { cause: error });
  }
  if (error instanceof AppError && !error.retryable) return error;
  return new BrokerUnavailableError(
    `Replay ${id} has stopped (${done}); resumed, it repeats none. ${messageOf(error)}`,
    error,
  );
}
