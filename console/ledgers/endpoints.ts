import type { Attempt } from '../../common/model/attempt.ts';
import { EndpointStats } from './endpoint-stats.ts';

/** The endpoints that were attempted, by subscription; null: the default endpoint. */
export class Endpoints {
  private readonly stats = new Map<string | null, EndpointStats>();

  apply(attempt: Attempt): void {
    this.of(attempt.subscription).apply(attempt);
  }

  /** Subscriptions of which anything was attempted. */
  subscriptions(): readonly string[] {
    return [...this.stats.keys()].filter((id) => id !== null);
  }

  of(subscription: string | null): EndpointStats {
    let stats = this.stats.get(subscription);
    if (!stats) this.stats.set(subscription, (stats = new EndpointStats()));
    return stats;
  }
}
