import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../common/errors.ts';
import type { GroupMember, GroupView } from '../common/kafka/group-view.ts';
import type { PartitionLag } from '../common/kafka/lag.ts';
import type { Logger } from '../common/logger.ts';
import { LagAge } from './decide/lag-age.ts';

export interface TopicLag {
  readonly topic: string;
  readonly end: number;
  readonly committed: number;
  readonly lag: number;
  /** Age of the oldest uncommitted record of any partition. */
  readonly lagSeconds: number;
}

interface Deps {
  readonly view: GroupView;
  /** What the group consumes; may change while retry topics come. */
  readonly topics: () => readonly string[];
  readonly logger: Logger;
}

const INTERVAL_MS = 1_000;

/** Asks the broker once a second, however many people look. The last answer stays when it is down. */
export class ClusterWatch {
  brokers: readonly string[] = [];
  topics: readonly TopicLag[] = [];
  members: readonly GroupMember[] = [];
  /** When the broker last answered, ms. */
  seenAtMs: number | null = null;
  /** When a commit last moved, or there was nothing to do, ms. */
  committedAtMs = Date.now();
  private readonly deps: Deps;
  private readonly ages = new Map<string, LagAge>();
  private readonly closing = new AbortController();
  private committedSum = -1;
  private loop: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  start(): void {
    this.loop = this.run();
  }

  get lag(): number {
    return this.topics.reduce((sum, { lag }) => sum + lag, 0);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await this.look().catch((error: unknown) => {
        this.deps.logger.info({ err: messageOf(error) }, 'cluster.not-seen');
      });
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
  }

  private async look(): Promise<void> {
    const { view, topics } = this.deps;
    const lags = await view.lags(topics());
    this.members = await view.members();
    this.brokers = await view.brokers();
    const nowMs = Date.now();
    this.topics = [...Map.groupBy(lags, ({ topic }) => topic)].map(([topic, partitions]) =>
      this.topicLag(topic, partitions, nowMs),
    );
    const committedSum = lags.reduce((sum, { committed }) => sum + committed, 0);
    if (committedSum !== this.committedSum || this.lag === 0) this.committedAtMs = nowMs;
    this.committedSum = committedSum;
    this.seenAtMs = nowMs;
  }

  private topicLag(topic: string, partitions: readonly PartitionLag[], nowMs: number): TopicLag {
    const sum = (pick: (lag: PartitionLag) => number) =>
      partitions.reduce((total, partition) => total + pick(partition), 0);
    const ages = partitions.map(({ partition, end, committed }) =>
      this.ageOf(`${topic}/${partition}`).seconds(nowMs, end, committed),
    );
    return {
      topic,
      end: sum(({ end }) => end),
      committed: sum(({ committed }) => committed),
      lag: sum(({ lag }) => lag),
      lagSeconds: Math.round(Math.max(0, ...ages)),
    };
  }

  private ageOf(name: string): LagAge {
    let age = this.ages.get(name);
    if (!age) this.ages.set(name, (age = new LagAge()));
    return age;
  }
}
