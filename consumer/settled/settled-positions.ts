import { messageOf } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { TopicBounds } from '../../common/kafka/admin/topic-partitions.ts';
import { DLQ_HEADER, HEADER } from '../../common/model/delivery.ts';
import { parsePosition } from '../../common/model/place.ts';
import type { Place } from '../../common/model/place.ts';
import type { Outcome } from '../../common/send/outcome.ts';
import { endpointOf } from '../../common/subscriptions/fan-out.ts';
import type { Endpoints } from '../endpoint/endpoints.ts';
import { subscriptionOf } from '../endpoint/endpoint-name.ts';
import { laneName } from '../partition/lane-name.ts';
import type { PartitionState } from '../partition/partition-state.ts';
import { asksForRest } from '../outcome/next-step.ts';
import type { DeliveryTask } from '../schedule/delivery-task.ts';
import { RetryProgress } from './retry-progress.ts';
import type { Offsets } from './wave.ts';

export interface SettledDeps {
  /** The partitions that this process has, by `topic/partition`. */
  readonly partitions: () => ReadonlyMap<string, PartitionState>;
  readonly retryPrefix: string;
  /** Topics of first attempts. Of others, as source topics, retries may be in another partition. */
  readonly lanes: readonly string[];
  /** Retries of a delivery whose endpoint has no schedule of its own. */
  readonly retries: number;
  /** Lists all retry topics that there are. */
  readonly retryTopics: () => Promise<readonly string[]>;
  readonly boundsOf: (topics: readonly string[]) => Promise<TopicBounds>;
  readonly endpoints: Pick<Endpoints, 'find'>;
  readonly logger: Logger;
}

type Task = Pick<DeliveryTask, 'home' | 'tracked' | 'delivery'>;

/**
 * Knows for each delivery below which offset nothing of its endpoint and partition comes again, so
 * that its receiver need not remember what it has handled before. A bound that is too low costs the
 * receiver some memory, one that is too high a delivery: so all that is not known counts as open.
 */
export class SettledPositions {
  private readonly deps: SettledDeps;
  /** By partition number, then by endpoint. */
  private readonly progresses = new Map<number, Map<string, RetryProgress>>();
  private isLooking = false;
  /** The retry topics; null: to be listed, as other processes may have made some. */
  private retryTopics: readonly string[] | null = null;
  private changes = 0;

  constructor(deps: SettledDeps) {
    this.deps = deps;
  }

  /** @returns null: it is none of a lane's, or comes from an earlier version */
  placeOf({ home, tracked, delivery: { record } }: Task): Place | null {
    const { root } = home;
    const endpoint = endpointOf(record);
    if (this.isLane(root.topic)) {
      const lane = nameOf(root, endpoint, home.attemptsFromMs);
      return { lane, offset: tracked.offset, settled: this.settledIn(root, endpoint) };
    }
    // A record in a retry topic names it, so that it has one wherever its lane is by now.
    const first = this.isRetry(root.topic) ? parsePosition(record.headers[HEADER.position]) : null;
    if (!first) return null;
    const { lane, offset } = first;
    // Somebody who has moved back what was settled already wants it to be delivered again.
    if (tracked.offset < root.rereadTo || home.attemptsFromMs > 0) {
      return { lane: laneName(root.generation, home.attemptsFromMs, lane), offset, settled: 0 };
    }
    const source = this.deps
      .partitions()
      .get(`${record.headers[DLQ_HEADER.topic]}/${root.partition}`);
    const isSameLane = source && laneAt(source, endpoint) === lane;
    return { lane, offset, settled: isSameLane ? this.settledIn(source, endpoint) : 0 };
  }

  /** To be called with what was not accepted, before it goes on to a retry topic. */
  failed({ home: { root }, tracked, delivery }: Task, outcome: Outcome): void {
    if (asksForRest(outcome) || !this.isLane(root.topic)) return;
    const endpoint = endpointOf(delivery.record);
    const lanes = () => this.rootsOf(root.partition).filter(({ topic }) => this.isLane(topic));
    const done = () => doneIn(lanes(), endpoint);
    const progress = this.progressOf(root.partition, endpoint);
    progress.failed(root.topic, tracked.offset, this.retriesOf(endpoint), done);
  }

  /** A partition has come or gone: its endpoints begin with nothing known. */
  forget(partition: number): void {
    this.progresses.delete(partition);
    this.retryTopics = null;
    this.changes += 1;
  }

  /** Looks what is left in the retry topics. Call about once a second. */
  async look(): Promise<void> {
    if (this.isLooking) return;
    const open = [...this.progresses].flatMap(([partition, progresses]) => {
      const own = [...progresses].filter(([, { isOpen }]) => isOpen);
      return own.length > 0 ? [{ partition, progresses, own }] : [];
    });
    if (open.length === 0) return;
    this.isLooking = true;
    try {
      // Positions are read before the ends: see `Seen`.
      const before = open.map(({ partition, progresses, own }) => {
        const roots = this.rootsOf(partition);
        const all = own.map(([endpoint, progress]) => {
          return { endpoint, progress, done: doneIn(roots, endpoint) };
        });
        return { partition, progresses, roots, all };
      });
      const bounds = await this.deps.boundsOf(await this.listRetryTopics());
      for (const one of before) {
        if (this.progresses.get(one.partition) === one.progresses) this.lookIn(one, bounds);
      }
    } catch (error) {
      this.deps.logger.debug({ err: messageOf(error) }, 'settled.not-seen');
    } finally {
      this.isLooking = false;
    }
  }

  private lookIn({ partition, roots, all }: Before, bounds: TopicBounds): void {
    const ends = new Map<string, number>();
    for (const [topic, partitions] of bounds) {
      const { high } = partitions.get(partition) ?? { high: 0 };
      ends.set(topic, high);
    }
    // A retry topic that another process knows, and this one does not read, holds the look up.
    const owned = new Set(roots.filter(({ isBegun }) => isBegun).map(({ topic }) => topic));
    if (roots.length !== owned.size) return;
    if ([...ends].some(([topic, end]) => end > 0 && !owned.has(topic))) return;
    const lanes = this.deps.lanes.filter((topic) => owned.has(topic));
    for (const { endpoint, progress, done } of all) {
      progress.look(lanes, this.retriesOf(endpoint), { done, ends });
    }
  }

  private async listRetryTopics(): Promise<readonly string[]> {
    const { changes } = this;
    const topics = this.retryTopics ?? (await this.deps.retryTopics());
    if (changes === this.changes) this.retryTopics = topics;
    return topics;
  }

  private settledIn(root: PartitionState, endpoint: string): number {
    const progress = this.progressOf(root.partition, endpoint);
    return progress.isOpen ? progress.settledIn(root.topic) : committedOf(root, endpoint);
  }

  private progressOf(partition: number, endpoint: string): RetryProgress {
    let progresses = this.progresses.get(partition);
    if (!progresses) this.progresses.set(partition, (progresses = new Map()));
    let progress = progresses.get(endpoint);
    if (!progress) progresses.set(endpoint, (progress = new RetryProgress()));
    return progress;
  }

  private rootsOf(partition: number): readonly PartitionState[] {
    return [...this.deps.partitions().values()].filter((root) => root.partition === partition);
  }

  private retriesOf(endpoint: string): number {
    const { settings } = this.deps.endpoints.find(subscriptionOf(endpoint)) ?? {};
    return Math.max(this.deps.retries, settings?.retryScheduleMs?.length ?? 0);
  }

  private isLane(topic: string): boolean {
    return this.deps.lanes.includes(topic);
  }

  private isRetry(topic: string): boolean {
    return topic.startsWith(this.deps.retryPrefix);
  }
}

interface Before {
  readonly partition: number;
  readonly roots: readonly PartitionState[];
  readonly all: readonly {
    readonly endpoint: string;
    readonly progress: RetryProgress;
    readonly done: Offsets;
  }[];
}

function doneIn(roots: readonly PartitionState[], endpoint: string): Offsets {
  return new Map(roots.map((root) => [root.topic, committedOf(root, endpoint)]));
}

/** Before this offset a crash leaves nothing to be done again for an endpoint. */
function committedOf({ committed, cursors }: PartitionState, endpoint: string): number {
  const cursor = cursors.size === 0 ? undefined : cursors.get(endpoint);
  return Math.min(committed, cursor ?? Infinity);
}

/** The lane of an endpoint as its receiver knows it at present. */
function laneAt(root: PartitionState, endpoint: string): string {
  return nameOf(root, endpoint, root.backlogs.get(endpoint)?.attemptsFromMs ?? 0);
}

/** @param movedAtMs when somebody has moved the cursor of the endpoint; 0: nobody has */
function nameOf(root: PartitionState, endpoint: string, movedAtMs: number): string {
  const key = movedAtMs ? `${endpoint} ${movedAtMs}` : endpoint;
  let name = root.laneNames.get(key);
  if (name === undefined) {
    name = laneName(root.generation, root.topic, root.partition, key);
    root.laneNames.set(key, name);
  }
  return name;
}
