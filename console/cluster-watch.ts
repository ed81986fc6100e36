import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../common/errors.ts';
import type { Cursor, CursorStore } from '../common/kafka/cursor-store.ts';
import { decodeCursorMark } from '../common/kafka/decide/cursor-mark.ts';
import type { GroupMember, GroupView } from '../common/kafka/group-view.ts';
import type { PartitionLag } from '../common/kafka/lag.ts';
import type { CompactedTable } from '../common/kafka/types.ts';
import type { Logger } from '../common/logger.ts';
import { LagAge } from './decide/lag-age.ts';
import { coveredCount } from './redrive/decide/offset-ranges.ts';
import type { OffsetRanges } from './redrive/decide/offset-ranges.ts';

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
  /** Where endpoints that are behind go on. */
  readonly cursors: Pick<CursorStore, 'load'>;
  /** The topics of first attempts. */
  readonly lanes: readonly string[];
  readonly deadLetters: string;
  /** Which of them were put back: offset ranges by partition number. */
  readonly redriven: Pick<CompactedTable<OffsetRanges>, 'get'>;
  /** What the group consumes; may change while retry topics come. */
  readonly topics: () => readonly string[];
  readonly logger: Logger;
}

/** Puts the retry topic of 5,000 ms before that of 10,000. */
const byName = new Intl.Collator('en', { numeric: true });
const INTERVAL_MS = 500;
/** Of the time, what the looks at the cursors may take: there may be thousands. */
const CURSORS_SHARE = 1 / 10;

/** Asks the broker twice a second, however many look. The last answer stays when it is down. */
export class ClusterWatch {
  brokers: readonly string[] = [];
  topics: readonly TopicLag[] = [];
  members: readonly GroupMember[] = [];
  /** Deliveries of all consumed topics that are not finished, those left behind included. */
  unfinished = 0;
  /** When the last look began that found nothing unfinished, ms; null: none did. */
  drainedAtMs: number | null = null;
  /** In the dead-letter topic and not put back. */
  deadLetters = 0;
  /** When the broker last answered, ms. */
  seenAtMs: number | null = null;
  /** When a commit last moved, or no first attempt was due, ms. */
  committedAtMs = Date.now();
  private readonly deps: Deps;
  private readonly ages = new Map<string, LagAge>();
  private readonly closing = new AbortController();
  private committedSum = -1;
  /** Deliveries that the group has passed over, as the cursors of their endpoints count them. */
  private leftBehind = 0;
  private cursorsNextMs = 0;
  private loop: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  start(): void {
    this.loop = this.run();
  }

  /** What waits for its first attempt, or was attempted and is not committed yet. */
  get deliveriesLag(): number {
    const firsts = this.topics.filter(({ topic }) => this.deps.lanes.includes(topic));
    return firsts.reduce((sum, { lag }) => sum + lag, 0);
  }

  /** What waits for another attempt. */
  get retriesLag(): number {
    return this.topics.reduce((sum, { lag }) => sum + lag, 0) - this.deliveriesLag;
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
    const beganAtMs = Date.now();
    const lags = await view.lags(topics());
    this.members = await view.members();
    this.brokers = await view.brokers();
    this.deadLetters = await this.countDeadLetters();
    const nowMs = Date.now();
    this.topics = [...Map.groupBy(lags, ({ topic }) => topic)]
      .map(([topic, partitions]) => this.topicLag(topic, partitions, nowMs))
      .sort((a, b) => byName.compare(a.topic, b.topic));
    // After the group's offsets: a cursor is there before the group passes what it stands for.
    const isCounted = await this.countLeftBehind(lags);
    this.unfinished = lags.reduce((sum, { unfinished }) => sum + unfinished, this.leftBehind);
    if (this.unfinished === 0 && isCounted) this.drainedAtMs = beganAtMs;
    const committedSum = lags.reduce((sum, { committed }) => sum + committed, 0);
    if (committedSum !== this.committedSum || this.deliveriesLag === 0) this.committedAtMs = nowMs;
    this.committedSum = committedSum;
    this.seenAtMs = nowMs;
  }

  /** @returns whether it was time to look */
  private async countLeftBehind(lags: readonly PartitionLag[]): Promise<boolean> {
    const beganAtMs = performance.now();
    if (beganAtMs < this.cursorsNextMs) return false;
    const byTopic = Map.groupBy(lags, ({ topic }) => topic);
    const places = [...byTopic].map(
      ([topic, all]) => [topic, all.map(({ partition }) => partition)] as const,
    );
    const cursors = await this.deps.cursors.load(new Map(places));
    // One that was reset is not counted until a consumer has read it.
    const leftOf = ({ offset, metadata }: Cursor) => decodeCursorMark(offset, metadata)?.left ?? 1;
    this.leftBehind = cursors.reduce((sum, cursor) => sum + leftOf(cursor), 0);
    const endedAtMs = performance.now();
    this.cursorsNextMs = endedAtMs + (endedAtMs - beganAtMs) / CURSORS_SHARE;
    return true;
  }

  private async countDeadLetters(): Promise<number> {
    const bounds = await this.deps.view.bounds(this.deps.deadLetters);
    return [...bounds].reduce((sum, [partition, { low, high }]) => {
      const redriven = this.deps.redriven.get(String(partition)) ?? [];
      return sum + high - low - coveredCount(redriven, low);
    }, 0);
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
