import { messageOf } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { TopicBounds } from '../../common/kafka/admin/topic-partitions.ts';
import { DLQ_HEADER, HEADER } from '../../common/model/delivery.ts';
import type { Place } from '../../common/model/place.ts';
import type { Outcome } from '../../common/send/outcome.ts';
import { endpointOf } from '../../common/subscriptions/fan-out.ts';
import type { Endpoints } from '../endpoint/endpoints.ts';
import { subscriptionOf } from '../endpoint/endpoint-name.ts';
import { laneName } from '../partition/lane-name.ts';
import type { PartitionState } from '../partition/partition-state.ts';
import { asksForRest } from '../outcome/next-step.ts';
import type { DeliveryTask } from '../schedule/delivery-task.ts';
import { EndpointStanding } from './endpoint-standing.ts';
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
  private readonly standings = new Map<number, Map<string, EndpointStanding>>();
  private isLooking = false;
  /** The retry topics; null: to be listed, as other processes may have made some. */
  private retryTopics: readonly string[] | null = null;
  private changes = 0;

  constructor(deps: SettledDeps) {
    this.deps = deps;
  }

  /** @returns null: it cannot be told from the deliveries of another log */
  placeOf(task: Task): Place | null {
    const { home, tracked, delivery } = task;
    const { root } = home;
    const { headers } = delivery.record;
    const endpoint = endpointOf(delivery.record);
    if (!this.isRetry(root.topic)) {
      if (!this.deps.lanes.includes(root.topic)) return null;
      const lane = nameOf(root, endpoint, home.attemptsFromMs);
      return { lane, offset: tracked.offset, settled: this.settledIn(root, endpoint) };
    }
    const [lane, generation] = (headers[HEADER.lane] ?? '').split('.');
    const offset = Number(headers[DLQ_HEADER.offset]);
    // A retry topic whose offsets were set by somebody brings deliveries again that were settled.
    if (!lane || generation !== root.generation || !Number.isSafeInteger(offset)) return null;
    const first = this.deps.partitions().get(`${headers[DLQ_HEADER.topic]}/${root.partition}`);
    const isSameLane = first && laneAt(first, endpoint) === lane;
    return { lane, offset, settled: isSameLane ? this.settledIn(first, endpoint) : 0 };
  }

  /** How a record in a retry topic names the lane of its first attempt. */
  laneIn(retryTopic: string, { home, delivery }: Task): string | undefined {
    const { root } = home;
    const retries = this.deps.partitions().get(`${retryTopic}/${root.partition}`);
    if (!retries) return undefined;
    const { record } = delivery;
    const [before, generation] = (record.headers[HEADER.lane] ?? '').split('.');
    if (!this.isRetry(root.topic)) {
      if (!this.deps.lanes.includes(root.topic)) return undefined;
      return `${nameOf(root, endpointOf(record), home.attemptsFromMs)}.${retries.generation}`;
    }
    return generation === root.generation ? `${before}.${retries.generation}` : undefined;
  }

  /** To be called with what was not accepted, before it goes on to a retry topic. */
  failed({ home: { root }, tracked, delivery }: Task, outcome: Outcome): void {
    if (asksForRest(outcome) || !this.deps.lanes.includes(root.topic)) return;
    const endpoint = endpointOf(delivery.record);
    const lanes = () =>
      this.rootsOf(root.partition).filter(({ topic }) => this.deps.lanes.includes(topic));
    const done = () => doneIn(lanes(), endpoint);
    this.standingOf(root.partition, endpoint).failed(
      ...([root.topic, tracked.offset, this.retriesOf(endpoint), done] as const),
    );
  }

  /** A partition has come or gone: its endpoints begin with nothing known. */
  forget(partition: number): void {
    this.standings.delete(partition);
    this.retryTopics = null;
    this.changes += 1;
  }

  /** Looks what is left in the retry topics. Call about once a second. */
  async look(): Promise<void> {
    if (this.isLooking) return;
    const open = [...this.standings].flatMap(([partition, standings]) => {
      const own = [...standings].filter(([, { isOpen }]) => isOpen);
      return own.length > 0 ? [{ partition, standings, own }] : [];
    });
    if (open.length === 0) return;
    this.isLooking = true;
    try {
      // Positions are read before the ends: see `Seen`.
      const before = open.map(({ partition, standings, own }) => {
        const roots = this.rootsOf(partition);
        const all = own.map(([endpoint, standing]) => {
          return { endpoint, standing, done: doneIn(roots, endpoint) };
        });
        return { partition, standings, roots, all };
      });
      const bounds = await this.deps.boundsOf(await this.listRetryTopics());
      for (const one of before) {
        if (this.standings.get(one.partition) === one.standings) this.lookIn(one, bounds);
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
    for (const { endpoint, standing, done } of all) {
      standing.look(lanes, this.retriesOf(endpoint), { done, ends });
    }
  }

  private async listRetryTopics(): Promise<readonly string[]> {
    const { changes } = this;
    const topics = this.retryTopics ?? (await this.deps.retryTopics());
    if (changes === this.changes) this.retryTopics = topics;
    return topics;
  }

  private settledIn(root: PartitionState, endpoint: string): number {
    const standing = this.standingOf(root.partition, endpoint);
    return standing.isOpen ? standing.settledIn(root.topic) : committedOf(root, endpoint);
  }

  private standingOf(partition: number, endpoint: string): EndpointStanding {
    let standings = this.standings.get(partition);
    if (!standings) this.standings.set(partition, (standings = new Map()));
    let standing = standings.get(endpoint);
    if (!standing) standings.set(endpoint, (standing = new EndpointStanding()));
    return standing;
  }

  private rootsOf(partition: number): readonly PartitionState[] {
    return [...this.deps.partitions().values()].filter((root) => root.partition === partition);
  }

  private retriesOf(endpoint: string): number {
    const { settings } = this.deps.endpoints.find(subscriptionOf(endpoint)) ?? {};
    return Math.max(this.deps.retries, settings?.retryScheduleMs?.length ?? 0);
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
    readonly standing: EndpointStanding;
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
