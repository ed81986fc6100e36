import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import { isAdmitting } from './decide/admission.ts';

interface Deps {
  /** Records that wait for delivery. */
  readonly fetchLag: () => Promise<number>;
  readonly lagMax: number;
  readonly logger: Logger;
}

const MEASURE_INTERVAL_MS = 1_000;

/**
 * Holds back what writes deliveries while too many wait. The lag is measured once a second; what
 * was written since then counts as waiting, so the limit holds in between, too.
 */
export class LagGate {
  isOpen = true;
  /** When the broker last said how long the lag is; null: not since the start. */
  measuredAtMs: number | null = null;
  private readonly deps: Deps;
  private readonly closing = new AbortController();
  private measured = 0;
  private writtenSince = 0;
  private loop: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** Records that wait for delivery, as far as is known. */
  get lag(): number {
    return this.measured + this.writtenSince;
  }

  start(): void {
    this.loop = this.run();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.loop;
  }

  /** Counts records just written. */
  wrote(records: number): void {
    this.writtenSince += records;
    this.decide();
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await this.measure();
      await sleep(MEASURE_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  private async measure(): Promise<void> {
    const writtenBefore = this.writtenSince;
    try {
      this.measured = await this.deps.fetchLag();
      this.writtenSince -= writtenBefore;
      this.measuredAtMs = Date.now();
      this.decide();
    } catch (error) {
      // Without an answer the last one holds; nothing can be written then, either.
      this.deps.logger.debug({ err: messageOf(error) }, 'lag.not-measured');
    }
  }

  private decide(): void {
    const { lagMax, logger } = this.deps;
    const { lag } = this;
    const isOpen = isAdmitting(this.isOpen, lag, lagMax);
    if (isOpen === this.isOpen) return;
    this.isOpen = isOpen;
    logger.info({ lag, lagMax }, isOpen ? 'ingest.resumed' : 'ingest.held-back');
  }
}
