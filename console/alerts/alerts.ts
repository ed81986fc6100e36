import { messageOf } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';
import { repeatEvery } from '../../common/base/retry.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import type { TransactionalWriter } from '../../common/kafka/ports.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import { operationalDeliveries } from '../../common/subscriptions/operational-event.ts';
import type { Where } from '../../common/subscriptions/operational-event.ts';
import { ALERTS_KEY } from '../../common/model/alert-state.ts';
import type { AlertState } from '../../common/model/alert-state.ts';
import { afterLook, afterSight, conditionsOf } from './conditions.ts';
import type { LastSeen, Observed } from './conditions.ts';

export interface AlertDeps {
  /** Whether this is the one console that does it. */
  readonly isOurs: () => boolean;
  readonly observe: () => Observed;
  /** Returns the conditions that are reported already, as the log has them. */
  readonly state: () => AlertState;
  /** Resolves when `state` has all that was written before. */
  readonly caughtUp: () => Promise<void>;
  readonly subscriptions: () => Iterable<Subscription>;
  /** Opens a writer that fences the one of the console before. */
  readonly openWriter: () => TransactionalWriter;
  /** Where the state is kept. */
  readonly topic: string;
  readonly partitions: number;
  /** Where the deliveries go. */
  readonly deliveries: Where;
  readonly logger: Logger;
}

const LOOK_EVERY_MS = 2_000;

/**
 * Reports conditions of the system as events. What is reported lies in one record, written in one
 * transaction with the events: no console reports what another one has reported, and none is lost
 * when it ends in between.
 */
export class Alerts {
  private readonly deps: AlertDeps;
  private readonly closing = new AbortController();
  private lastSeen: LastSeen = new Map();

  constructor(deps: AlertDeps) {
    this.deps = deps;
  }

  start(): void {
    const { signal } = this.closing;
    const onFailure = (error: unknown) =>
      this.deps.logger.warn({ err: messageOf(error) }, 'alerts.unwritten');
    void repeatEvery(LOOK_EVERY_MS, () => this.look(), { signal, onFailure });
  }

  close(): void {
    this.closing.abort();
  }

  private async look(): Promise<void> {
    if (!this.deps.isOurs()) return;
    const first = this.decide();
    if (first.next === first.before) return;
    // Now for good: from here on no other console writes, and all that one has written is known.
    const writer = this.deps.openWriter();
    try {
      await writer.fence();
      await this.deps.caughtUp();
      const { before, next, events } = this.decide();
      if (next === before) return;
      const { topic, partitions, deliveries, subscriptions, logger } = this.deps;
      const value = JSON.stringify(next);
      const partition = partitionOf(ALERTS_KEY, partitions);
      const state = { topic, partition, key: ALERTS_KEY, value, headers: {} };
      const all = [...subscriptions()];
      const records = events.flatMap((event) => operationalDeliveries(event, all, deliveries));
      await writer.write([state, ...records]);
      for (const { type, data } of events) logger.warn({ type, ...data }, 'alert.raised');
    } finally {
      await writer.close();
    }
  }

  private decide() {
    const { state, observe } = this.deps;
    const nowMs = Date.now();
    const before = state();
    const conditions = conditionsOf(observe(), before);
    this.lastSeen = afterSight(this.lastSeen, before, conditions, nowMs);
    return { before, ...afterLook(before, conditions, { lastSeen: this.lastSeen, nowMs }) };
  }
}
