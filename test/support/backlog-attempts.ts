// The log of attempts of the model in backlog-model.ts, and what of it a commit tells.
import type { TakenCommit } from '../../consumer/partition/partition-state.ts';
import { isFanOut } from '../../common/subscriptions/fan-out.ts';
import type { CommitMark } from '../../common/kafka/positions/commit-metadata.ts';
import { DeliveredBefore } from '../../consumer/partition/delivered-before.ts';
import type { PartitionState } from '../../consumer/partition/partition-state.ts';
import { LOG, WANTED } from './backlog-log.ts';
import type { Wanted } from './backlog-log.ts';

const EVENTS = new Set(LOG.filter(isFanOut).map(({ offset }) => offset));

/** A commit on its way: what it covers, and what is known of attempts by it. */
export interface UnderWay {
  readonly taken: TakenCommit;
  readonly covers: ReadonlySet<string>;
  readonly attempts: ReadonlyMap<string, number>;
}

export class ModelAttempts {
  /** Deliveries that were made, with their times. */
  private readonly log: { readonly atMs: number; readonly wanted: Wanted }[] = [];
  /** Numbers of the next attempts of failed deliveries. */
  private next = new Map<string, number>();
  /** Numbers of the next attempts, as commits know them. */
  private known: ReadonlyMap<string, number> = new Map();

  delivered(wanted: Wanted): void {
    this.log.push({ atMs: Date.now(), wanted });
  }

  failed({ name }: Wanted, next: number): void {
    this.next.set(name, next);
  }

  nextOf({ name }: Wanted): number {
    return this.next.get(name) ?? 1;
  }

  /** Returns the deliveries that the next owner of the partition reads from the log of attempts. */
  deliveredSince(mark: CommitMark | null): DeliveredBefore {
    const sinceMs = mark?.attemptsSinceMs || Infinity;
    const delivered = new DeliveredBefore(sinceMs);
    for (const { atMs, wanted } of this.log) {
      if (atMs >= sinceMs) delivered.add(wanted.offset, wanted.endpoint, atMs);
    }
    return delivered;
  }

  /**
   * Returns the attempt numbers that commits hold. The head's commit holds none for a delivery of
   * an event.
   */
  inCommits({ backlogs }: PartitionState): ReadonlyMap<string, number> {
    const isTold = ({ offset, endpoint }: Wanted) =>
      !EVENTS.has(offset) || backlogs.get(endpoint)?.covers(offset) === true;
    const told = new Set(WANTED.filter(isTold).map(({ name }) => name));
    return new Map([...this.next].filter(([name]) => told.has(name)));
  }

  committed(known: ReadonlyMap<string, number>): void {
    this.known = known;
  }

  /** Forgets what no commit holds, because the owner is gone. */
  ownerEnded(): void {
    this.next = new Map(this.known);
  }

  /** A reset begins some again. */
  forget(names: readonly string[]): void {
    for (const name of names) this.next.delete(name);
    this.known = new Map(this.next);
  }
}
