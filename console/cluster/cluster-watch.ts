import { pause, waitAtMost } from '../../common/base/retry.ts';
import { forEachAtOnce } from '../../common/base/for-each-at-once.ts';
import { messageOf } from '../../common/base/errors.ts';
import { errorTypeOf } from '../../common/kafka/error-type.ts';
import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import type { GroupMember, GroupView } from '../../common/kafka/admin/group-view.ts';
import type { PartitionLag } from '../../common/kafka/admin/lag.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { TopicWatch } from '../../common/topics/topic-watch.ts';
import type { Logger } from '../../common/base/logger.ts';
import { behindByEndpoint } from './behind.ts';
import type { Behind } from './behind.ts';
import { CursorLooks } from './cursor-looks.ts';
import { LagAge } from './lag-age.ts';
import { coveredCount } from '../republish/offset-ranges.ts';
import type { OffsetRanges } from '../republish/offset-ranges.ts';

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
  /** Positions of endpoints that are behind. */
  readonly cursors: Pick<CursorStore, 'load'>;
  /** Returns the topics of first attempts. */
  readonly lanes: () => readonly string[];
  readonly deadLetters: string;
  /** Dead letters that were put back, as offset ranges by partition number. */
  readonly redriven: Pick<CompactedTable<OffsetRanges>, 'get'>;
  /** Returns the topics that the group consumes; they may change while retry topics come. */
  readonly topics: () => readonly string[];
  /** Looks again when a topic is not there: without a source's, `topics` has those that are. */
  readonly watch: Pick<TopicWatch, 'lookQuietly'>;
  readonly logger: Logger;
}

/** Puts the retry topic of 5,000 ms before that of 10,000. */
const byName = new Intl.Collator('en', { numeric: true });
const INTERVAL_MS = 500;
/**
 * Interval while nothing changes and no request comes, in ms; a broker that is silent for twice as
 * long is noticed.
 */
const REST_INTERVAL_MS = 2_500;
/** While somebody follows the state: as often as a stream shows it. */
const FOLLOWED_INTERVAL_MS = 1_000;
const FOLLOWED_MS = 3_000;
/** A change, or a question, is seldom the only one. */
const AWAKE_MS = 10_000;
/** How long a question waits for a new look. */
const FRESH_WITHIN_MS = 1_000;
/** Ages of a backlog that are told apart when the first look finds it. */
const KNOWN_AGES_MS = [24 * 3_600_000, 3_600_000, 600_000, 120_000, 60_000];
/** Topics whose ages are asked for at a time. */
const AGES_AT_ONCE = 4;

/**
 * Asks the broker twice a second, however many look, and less often while nothing changes and
 * nobody looks. The last answer stays when it is down.
 */
export class ClusterWatch {
  brokers: readonly string[] = [];
  topics: readonly TopicLag[] = [];
  members: readonly GroupMember[] = [];
  /** Deliveries of all consumed topics that are not finished, those left behind included. */
  unfinished = 0;
  /** When the last look began that found nothing unfinished, ms; null: none did. */
  drainedAtMs: number | null = null;
  /** Number of dead letters that were not put back. */
  deadLetters = 0;
  /** When the broker last answered, ms. */
  seenAtMs: number | null = null;
  /** When a commit last moved, or no first attempt was due, ms. */
  committedAtMs = Date.now();
  private readonly deps: Deps;
  private readonly ages = new Map<string, LagAge>();
  /** Topics of which the log has not told how old their backlogs are. */
  private readonly ageless = new Set<string>();
  private readonly closing = new AbortController();
  private committedSum = -1;
  /** Deliveries that the group has passed over, as the cursors of their endpoints count them. */
  private leftBehind = 0;
  /** The endpoints that are behind: by a subscription's id, or `default`. */
  behind: ReadonlyMap<string, Behind> = new Map();
  /** Whether the last look at the broker failed. */
  isFailing = false;
  /** Why Kafka answers and cannot say it all: names a topic that is not there; null: none. */
  missingTopic: string | null = null;
  private readonly cursorLooks = new CursorLooks();
  /** When the last change was seen, or the last question came, ms. */
  private awakeSinceMs = Date.now();
  private followedAtMs = -Infinity;
  private seen = '';
  private waking = new AbortController();
  /** Resolves at the end of the look under way, or of the next one. */
  private looking = Promise.withResolvers<void>();
  private loop: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  start(): void {
    this.loop = this.run();
  }

  /**
   * Number of deliveries that wait for their first attempt, or were attempted and are not committed
   * yet.
   */
  get deliveriesLag(): number {
    const firsts = this.topics.filter(({ topic }) => this.deps.lanes().includes(topic));
    return firsts.reduce((sum, { lag }) => sum + lag, 0);
  }

  /** Number of deliveries that wait for another attempt. */
  get retriesLag(): number {
    return this.topics.reduce((sum, { lag }) => sum + lag, 0) - this.deliveriesLag;
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.waking.abort();
    await this.loop;
  }

  /** Somebody is about to look: after a rest what is known may be old. */
  async refresh(): Promise<void> {
    const nowMs = Date.now();
    this.awakeSinceMs = nowMs;
    if (this.seenAtMs === null || nowMs - this.seenAtMs <= 2 * INTERVAL_MS) return;
    this.cursorLooks.hasten();
    this.waking.abort();
    await waitAtMost(this.looking.promise, FRESH_WITHIN_MS);
  }

  /**
   * Somebody follows the state, and calls this each second: a look each second is enough, and the
   * last one serves unless it is old.
   */
  async follow(): Promise<void> {
    const nowMs = Date.now();
    this.followedAtMs = nowMs;
    if (nowMs - (this.seenAtMs ?? nowMs) > 2 * FOLLOWED_INTERVAL_MS) await this.refresh();
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      this.waking = new AbortController();
      const isSeen = await this.lookQuietly();
      this.looking.resolve();
      this.looking = Promise.withResolvers();
      const isAwake = !isSeen || Date.now() - this.awakeSinceMs < AWAKE_MS;
      const isFollowed = Date.now() - this.followedAtMs < FOLLOWED_MS;
      const restMs = isFollowed ? FOLLOWED_INTERVAL_MS : REST_INTERVAL_MS;
      const intervalMs = isAwake ? INTERVAL_MS : restMs;
      await pause(intervalMs, this.waking.signal);
    }
  }

  private async lookQuietly(): Promise<boolean> {
    try {
      await this.look();
      this.isFailing = false;
      this.missingTopic = null;
      return true;
    } catch (error) {
      this.isFailing = true;
      const isMissing = errorTypeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION';
      this.missingTopic = isMissing ? messageOf(error) : null;
      if (isMissing) void this.deps.watch.lookQuietly();
      this.deps.logger.info({ err: messageOf(error) }, 'cluster.not-seen');
      return false;
    }
  }

  private async look(): Promise<void> {
    const { view, topics } = this.deps;
    const beganAtMs = Date.now();
    const lags = await view.lags(topics());
    this.members = await view.members();
    this.brokers = await view.brokers();
    this.deadLetters = await this.countDeadLetters();
    await this.beginAges(lags);
    const nowMs = Date.now();
    this.topics = [...Map.groupBy(lags, ({ topic }) => topic)]
      .map(([topic, partitions]) => this.topicLag(topic, partitions, nowMs))
      .sort((a, b) => byName.compare(a.topic, b.topic));
    const committedSum = lags.reduce((sum, { committed }) => sum + committed, 0);
    // The group may have passed what waits for an endpoint: its cursor is to be read at once.
    if (committedSum !== this.committedSum) this.awakeSinceMs = nowMs;
    // Cursors are read after the group's offsets, because a cursor is written before the group
    // passes the records that it stands for.
    const isCounted = await this.countLeftBehind(lags);
    this.unfinished = lags.reduce((sum, { unfinished }) => sum + unfinished, this.leftBehind);
    if (this.unfinished === 0 && isCounted) this.drainedAtMs = beganAtMs;
    if (committedSum !== this.committedSum || this.deliveriesLag === 0) this.committedAtMs = nowMs;
    this.committedSum = committedSum;
    this.seenAtMs = nowMs;
    this.noteChange(lags, nowMs);
  }

  private noteChange(lags: readonly PartitionLag[], nowMs: number): void {
    const ends = lags.reduce((sum, { end }) => sum + end, 0);
    const members = this.members.map(({ clientId }) => clientId).join();
    const { committedSum, unfinished, deadLetters } = this;
    const seen = [ends, committedSum, unfinished, deadLetters, members].join(' ');
    if (seen !== this.seen) this.awakeSinceMs = nowMs;
    this.seen = seen;
  }

  /** @returns whether it was time to look */
  private async countLeftBehind(lags: readonly PartitionLag[]): Promise<boolean> {
    const beganAtMs = performance.now();
    if (!this.cursorLooks.isDue(this.areCursorsMoving(), beganAtMs)) return false;
    const byTopic = Map.groupBy(lags, ({ topic }) => topic);
    const places = [...byTopic].map(
      ([topic, all]) => [topic, all.map(({ partition }) => partition)] as const,
    );
    const cursors = await this.deps.cursors.load(new Map(places));
    const committedOf = (topic: string, partition: number) =>
      byTopic.get(topic)?.find((lag) => lag.partition === partition)?.committed ?? Infinity;
    this.behind = behindByEndpoint(cursors, committedOf);
    this.leftBehind = [...this.behind.values()].reduce((sum, { left }) => sum + left, 0);
    this.cursorLooks.note(beganAtMs, performance.now());
    return true;
  }

  private areCursorsMoving(): boolean {
    const nowMs = Date.now();
    // An endpoint that catches up moves its cursor alone, and nothing else that a look shows.
    const isCatchUpSeen = this.behind.size > 0 && nowMs - this.followedAtMs < FOLLOWED_MS;
    return isCatchUpSeen || nowMs - this.awakeSinceMs < AWAKE_MS;
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

  /** How old a backlog is that was there before the first look, the log tells by its timestamps. */
  private async beginAges(lags: readonly PartitionLag[]): Promise<void> {
    const isNew = ({ topic, partition }: PartitionLag) =>
      this.ageless.has(topic) || !this.ages.has(`${topic}/${partition}`);
    const topics = new Set(
      lags.filter((one) => one.lag > 0 && isNew(one)).map(({ topic }) => topic),
    );
    await forEachAtOnce(AGES_AT_ONCE, topics, async (topic) => {
      const own = lags.filter((one) => one.topic === topic && isNew(one));
      try {
        await this.beginAgesOf(topic, own);
        this.ageless.delete(topic);
      } catch (error) {
        // The topic may have been deleted a moment ago. The next look asks again.
        this.ageless.add(topic);
        this.deps.logger.debug({ topic, err: messageOf(error) }, 'cluster.ages-not-seen');
      }
    });
  }

  private async beginAgesOf(topic: string, lags: readonly PartitionLag[]): Promise<void> {
    const atMs = KNOWN_AGES_MS.map((ageMs) => Date.now() - ageMs);
    const ends = await Promise.all(atMs.map((at) => this.deps.view.offsetsAt(topic, at)));
    for (const { partition } of lags) {
      const known = atMs.map((at, n) => ({ atMs: at, end: ends[n]?.get(partition) ?? 0 }));
      this.ages.set(`${topic}/${partition}`, new LagAge(known));
    }
  }

  private ageOf(name: string): LagAge {
    let age = this.ages.get(name);
    if (!age) this.ages.set(name, (age = new LagAge()));
    return age;
  }
}
