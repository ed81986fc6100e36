import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { joinGroup } from '../../common/kafka/consume/group.ts';
import type { Assignment, Group, GroupHandlers } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly groupId: string;
  /** This topic is not read: only its partitions are divided among the members. */
  readonly topic: string;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** Nothing is ever fetched. */
const RESUME_WAIT_MS = 500;

/**
 * Shares work out among the consoles that run, by partition number. When one dies, another owns
 * its partitions after ten seconds. For a moment two may believe that they own the same: what is
 * done must be fenced as well, by a transactional id.
 */
export class Ownership implements GroupHandlers {
  private readonly deps: Deps;
  private owned: ReadonlySet<number> = new Set();
  private group: Group | null = null;
  private joining: Promise<void> = Promise.resolve();
  private readonly listeners: (() => void)[] = [];

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** Joins in the background: a console that died may hold the others up for ten seconds. */
  start(): void {
    const { topic, onFatal, ...rest } = this.deps;
    const joined = joinGroup({
      ...rest,
      ...{ topics: [topic], handlers: this, onFatal, resumeWaitMs: RESUME_WAIT_MS },
    });
    this.joining = joined.then((group) => void (this.group = group), onFatal);
  }

  owns(partition: number): boolean {
    return this.owned.has(partition);
  }

  /**
   * Returns whether this process owns the partition, and the group has confirmed that within the
   * last seconds.
   */
  ownsForSure(partition: number): boolean {
    return this.owned.has(partition) && this.group?.isStable === true;
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  async close(): Promise<void> {
    await this.joining;
    await this.group?.close();
  }

  /** Does nothing, because work on the partitions that stay ours goes on meanwhile. */
  onFence(): void {}

  onRecords(): void {}

  onAssigned(
    assignment: Assignment,
  ): Promise<{ topic: string; partition: number; offset: null }[]> {
    const { topic } = this.deps;
    const partitions = assignment.get(topic) ?? [];
    this.owned = new Set(partitions);
    for (const listener of this.listeners) listener();
    return Promise.resolve(partitions.map((partition) => ({ topic, partition, offset: null })));
  }
}
