import { pause } from '../../common/base/retry.ts';
import { messageOf } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';
import { isAdmitting } from '../../common/model/admission.ts';

type Lane = 'live' | 'bulk';

interface Deps {
  /** Records that wait for delivery, as each lane counts them. */
  readonly fetchLags: () => Promise<Readonly<Record<Lane, number>>>;
  readonly lagMax: number;
  readonly logger: Logger;
}

const MEASURE_INTERVAL_MS = 1_000;
/** Interval of measurements while nothing waits and nothing is written, in ms. */
const REST_INTERVAL_MS = 3_000;

/** Holds back what writes deliveries into a lane while too many wait. */
export class LagGate {
  isOpen = true;
  /** Records written since the last measurement began. */
  writtenSince = 0;
  private measured = 0;
  private readonly onChange: (gate: LagGate) => void;
  private readonly lagMax: number;

  constructor(lagMax: number, onChange: (gate: LagGate) => void) {
    this.lagMax = lagMax;
    this.onChange = onChange;
  }

  /** Records that wait for delivery, as far as is known. */
  get lag(): number {
    return this.measured + this.writtenSince;
  }

  /** Counts records just written. */
  wrote(records: number): void {
    this.writtenSince += records;
    this.decide();
  }

  /** @param writtenBefore what `writtenSince` was when the measurement began, which includes it */
  take(lag: number, writtenBefore: number): void {
    this.measured = lag;
    this.writtenSince -= writtenBefore;
    this.decide();
  }

  private decide(): void {
    const isOpen = isAdmitting(this.isOpen, this.lag, this.lagMax);
    if (isOpen === this.isOpen) return;
    this.isOpen = isOpen;
    this.onChange(this);
  }
}

/**
 * One gate for each lane. The lag is measured once a second; what was written since then counts as
 * waiting, so the limit holds in between, too. Files are held back by all that waits; the API is
 * not held back by the rows of files, or a large one would close it.
 */
export class LagGates {
  readonly live: Pick<LagGate, 'isOpen' | 'lag' | 'wrote'>;
  readonly bulk: LagGate;
  /** When the broker last said how long the lag is; null: not since the start. */
  measuredAtMs: number | null = null;
  private readonly deps: Deps;
  private readonly liveAlone: LagGate;
  private readonly closing = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    const { lagMax, logger } = deps;
    const gate = (lane: Lane) =>
      new LagGate(lagMax, ({ lag, isOpen }) => {
        logger.info({ lane, lag, lagMax }, isOpen ? 'ingest.resumed' : 'ingest.held-back');
      });
    const live = gate('live');
    const bulk = gate('bulk');
    this.deps = deps;
    this.liveAlone = live;
    this.bulk = bulk;
    this.live = {
      get isOpen() {
        return live.isOpen;
      },
      get lag() {
        return live.lag;
      },
      wrote(records) {
        live.wrote(records);
        bulk.wrote(records);
      },
    };
  }

  start(): void {
    this.loop = this.run();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await this.measure();
      const isAtRest = this.bulk.lag === 0;
      const intervalMs = isAtRest ? REST_INTERVAL_MS : MEASURE_INTERVAL_MS;
      await pause(intervalMs, signal);
    }
  }

  private async measure(): Promise<void> {
    const { liveAlone, bulk } = this;
    const before = { live: liveAlone.writtenSince, bulk: bulk.writtenSince };
    try {
      const lags = await this.deps.fetchLags();
      this.measuredAtMs = Date.now();
      liveAlone.take(lags.live, before.live);
      bulk.take(lags.bulk, before.bulk);
    } catch (error) {
      // Without an answer the last lag holds; nothing can be written meanwhile, either.
      this.deps.logger.debug({ err: messageOf(error) }, 'lag.not-measured');
    }
  }
}
