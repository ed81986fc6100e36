import { AppError } from '../base/errors.ts';
import { WRITE_DEADLINE_MS } from '../kafka/produce/as-only-writer.ts';
import { partitionOf } from '../kafka/produce/partitioner.ts';
import type { CompactedTable, OutgoingRecord, Publisher } from '../kafka/ports.ts';
import { withDeadline, whenLoaded } from '../base/loaded.ts';
import type { Subscription } from '../model/subscription.ts';
import { changeStored } from './change-stored.ts';
import type { SubscriptionsTopic } from './change-stored.ts';

interface Deps extends SubscriptionsTopic {
  /** The subscriptions topic, live. */
  readonly table: CompactedTable<Subscription>;
  readonly publisher: Publisher;
}

/** Returning the same object means that there is nothing to change. */
export type Change = (now: Subscription) => Subscription;
/** Returns records that are written together with a change, in one transaction. */
export type AlongWith = (next: Subscription, before: Subscription) => readonly OutgoingRecord[];

/** How long a read may take, or a write until it can be read again. */
const DEADLINE_MS = WRITE_DEADLINE_MS;
const WHAT = 'the subscriptions';

/**
 * Writes subscriptions. A write is answered when this process has read it back, so its caller
 * reads what was written. No change is lost when several are made at once: see `changeStored`.
 */
export class SubscriptionStore {
  private readonly deps: Deps;
  private readonly whenComplete: () => Promise<void>;
  /**
   * Last change of each subscription, so that changes of one subscription run one after another in
   * this process.
   */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(deps: Deps) {
    this.deps = deps;
    // A process that has just begun does not know all of them.
    this.whenComplete = whenLoaded(() => deps.table.caughtUp(), WHAT, DEADLINE_MS);
  }

  /**
   * Subscriptions that are not deleted, oldest first, because ids begin with their time.
   *
   * @throws BrokerUnavailableError they have not been read yet
   */
  async list(): Promise<readonly Subscription[]> {
    await this.whenComplete();
    const all = [...this.deps.table.entries()].map(([, subscription]) => subscription);
    return all.filter(({ state }) => state !== 'deleted').sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** @throws AppError subscription_unknown, also of a deleted one; BrokerUnavailableError */
  async load(id: string): Promise<Subscription> {
    const { table } = this.deps;
    // Another process may have made it a moment ago.
    if (!table.get(id)) await this.readPartitionOf(id);
    return existing(id, table.get(id));
  }

  /** @throws BrokerUnavailableError: it may have been written all the same */
  async create(subscription: Subscription): Promise<void> {
    const { publisher, topic, partitions } = this.deps;
    const { id } = subscription;
    const record = { topic, partition: partitionOf(id, partitions), key: id, headers: {} };
    // No other process knows the id yet, so that there is no writer to fence.
    await publisher.publish({ ...record, value: JSON.stringify(subscription) }, DEADLINE_MS);
    await this.readPartitionOf(id);
  }

  /**
   * @param change may be called several times
   * @returns the subscription as it is now
   * @throws AppError subscription_unknown, subscription_not_understood; BrokerUnavailableError: it
   *         may have been changed
   */
  update(id: string, change: Change, along: AlongWith = () => []): Promise<Subscription> {
    const before = this.turns.get(id) ?? Promise.resolve();
    const turn = before.catch(() => {}).then(() => this.updateInTurn(id, change, along));
    this.turns.set(id, turn);
    const done = () => this.turns.get(id) === turn && this.turns.delete(id);
    void turn.then(done, done);
    return turn;
  }

  private async updateInTurn(id: string, change: Change, along: AlongWith): Promise<Subscription> {
    const { table } = this.deps;
    let next = await this.load(id);
    await changeStored(this.deps, table, id, () => {
      const now = changeable(existing(id, table.get(id)));
      next = change(now);
      return next === now ? null : { value: next, along: along(next, now) };
    });
    return next;
  }

  private readPartitionOf(id: string): Promise<void> {
    const { table, partitions } = this.deps;
    return withDeadline(table.caughtUp(partitionOf(id, partitions)), WHAT, DEADLINE_MS);
  }
}

/** @throws AppError subscription_unknown, also of a deleted one */
export function existing(id: string, subscription: Subscription | undefined): Subscription {
  if (subscription && subscription.state !== 'deleted') return subscription;
  const known = '`GET /subscriptions` lists them';
  throw new AppError('subscription_unknown', `There is no subscription ${id}; ${known}`);
}

function changeable(subscription: Subscription): Subscription {
  if (!subscription.isNotUnderstood) return subscription;
  const why = `Subscription ${subscription.id} was written by a later version of Hookline`;
  throw new AppError('subscription_not_understood', `${why}: change it by a console of that one`);
}
