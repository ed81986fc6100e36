import type { Consumer, EachBatchPayload, OffsetsByTopicPartition } from 'kafkajs';
import { AppError, messageOf } from '../../base/errors.ts';
import { retryWhile } from '../../base/retry.ts';
import { removeDeadMembers } from './dead-members.ts';
import { FetchWait } from '../fixes/fetch-wait.ts';
import { GroupTopics } from '../fixes/group-topics.ts';
import { commitParts, groupByTopic } from '../positions/commit-parts.ts';
import type { GroupDeps as Deps } from './group-consumer.ts';
import { HEARTBEAT_MS, RESUME_WAIT_MS, SESSION_MS, createGroupConsumer } from './group-consumer.ts';
import { openGroupView } from '../admin/group-view.ts';
import type { GroupView } from '../admin/group-view.ts';
import { loadCommitted, reportCut } from './load-committed.ts';
import type { PackedRecord } from '../log-record.ts';
import { handOver, packedRecords, toOffset } from '../protocol/records.ts';
import type { Assignment, Commit, Group } from '../ports.ts';

type RawCommit = EachBatchPayload['commitOffsetsIfNecessary'];

const ASSIGN_AGAIN_MS = 500;

/**
 * Joins a consumer group and keeps kafkajs' traps (docs/decisions/0003) away from the handlers:
 * offsets are explicit after every join, stale batches are dropped, nothing is committed for an
 * older generation, and an error in a handler ends the process instead of the consumption.
 */
export async function joinGroup(deps: Deps): Promise<Group> {
  const { kafka, groupId, logger } = deps;
  await removeDeadMembers({ kafka, groups: [groupId], logger });
  const member = new GroupMember(deps, await openGroupView(kafka, groupId));
  await member.start();
  return member;
}

class GroupMember implements Group {
  epoch = 0;
  memberId = '';
  assignment: Assignment = new Map();
  private isInForce = false;
  /** When the group was asked what it has last confirmed: that we are a member. In ms. */
  private confirmedAtMs = 0;
  private readonly askedAtMs = { Heartbeat: 0, SyncGroup: 0 };
  private readonly deps: Deps;
  private readonly view: GroupView;
  private readonly consumer: Consumer;
  /** Next offset expected of each assigned partition, by `topic/partition`. */
  private readonly positions = new Map<string, number>();
  private readonly paused = new Set<string>();
  private readonly fetchWait = new FetchWait(() => this.fetchWaitMs());
  private readonly topics: GroupTopics;
  private rawCommit: RawCommit | null = null;
  private closed = false;
  private joining: Promise<void> = Promise.resolve();

  constructor(deps: Deps, view: GroupView) {
    this.deps = deps;
    this.view = view;
    this.topics = new GroupTopics(deps.topics);
    this.consumer = createGroupConsumer(deps, {
      onJoining: () => this.fence(),
      owned: () => this.ownedNumbers(),
      fetchWait: this.fetchWait,
      topics: this.topics,
    });
  }

  /** A process that was frozen may have been replaced long before kafkajs learns of it. */
  get isStable(): boolean {
    const forMs = Date.now() - this.confirmedAtMs;
    // When the clock has been set back, nothing is known until the next heartbeat.
    return this.isInForce && forMs > -HEARTBEAT_MS && forMs < SESSION_MS - HEARTBEAT_MS;
  }

  async start(): Promise<void> {
    const { consumer, deps } = this;
    const { CRASH, STOP, REBALANCING, END_BATCH_PROCESS } = consumer.events;
    const { REQUEST, HEARTBEAT, GROUP_JOIN } = consumer.events;
    consumer.on(CRASH, ({ payload }) => {
      if (!payload.restart && !this.closed) deps.onFatal(payload.error);
    });
    // After a crash kafkajs comes back by itself, as another member. Until then there is no
    // membership, and a raw commit of the old member would fail for ever.
    consumer.on(STOP, () => {
      this.rawCommit = null;
      this.fence();
    });
    // The answer may have lain here for long, while this process was frozen.
    consumer.on(REQUEST, ({ payload: { apiName, createdAt } }) => {
      if (apiName === 'Heartbeat' || apiName === 'SyncGroup') this.askedAtMs[apiName] = createdAt;
    });
    consumer.on(HEARTBEAT, () => {
      this.confirmedAtMs = this.askedAtMs.Heartbeat;
    });
    consumer.on(REBALANCING, () => deps.handlers.onRebalancing?.());
    consumer.on(GROUP_JOIN, ({ payload }) => {
      // Left while it was joining: a throw alone ends what kafkajs has lost sight of by then.
      if (this.closed) throw new AppError('broker_unavailable', 'the group has been left');
      this.confirmedAtMs = this.askedAtMs.SyncGroup;
      this.joining = this.joined(payload.memberId, payload.memberAssignment);
    });
    // Batches of markers only reach no handler, yet the position moves past them.
    consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize > 0) return;
      this.take(payload.topic, payload.partition, [], toOffset(payload.lastOffset) + 1);
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [...deps.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.eachBatch(payload),
    });
  }

  async commit(commits: readonly Commit[]): Promise<void> {
    const { epoch } = this;
    for (const part of commitParts(commits)) {
      if (!this.isStable || epoch !== this.epoch) {
        throw new AppError('group_active', 'rebalancing', { retryable: true });
      }
      await this.commitPart(part);
    }
  }

  private async commitPart(commits: readonly Commit[]): Promise<void> {
    const topics = groupByTopic(commits);
    // The raw call makes one attempt under the present generation. kafkajs' own commitOffsets
    // may retry under a later one, so it serves only while no batch has brought the raw call.
    if (this.rawCommit) await this.rawCommit({ topics } as OffsetsByTopicPartition);
    else await this.consumer.commitOffsets(commits.map((c) => ({ ...c, offset: `${c.offset}` })));
  }

  startAt(topic: string, partition: number, offset: number): void {
    const name = nameOf(topic, partition);
    this.positions.set(name, offset);
    this.consumer.seek({ topic, partition, offset: String(offset) });
    if (!this.paused.has(name)) this.consumer.resume([{ topic, partitions: [partition] }]);
  }

  setTopics(topics: readonly string[]): void {
    // The fetches under way end, and the next one joins the group again.
    if (!this.closed && this.topics.set(topics)) this.fetchWait.interrupt();
  }

  pause(topic: string, partition: number): void {
    this.paused.add(nameOf(topic, partition));
    if (this.isInForce) this.consumer.pause([{ topic, partitions: [partition] }]);
  }

  resume(topic: string, partition: number): void {
    this.paused.delete(nameOf(topic, partition));
    // A partition that has not begun yet is resumed by `startAt`.
    const hasBegun = this.isInForce && this.positions.has(nameOf(topic, partition));
    if (hasBegun) this.consumer.resume([{ topic, partitions: [partition] }]);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.isInForce = false;
    const stopped = this.consumer.stop();
    this.fetchWait.interrupt();
    await stopped;
    await this.consumer.disconnect();
    await this.joining;
    await this.view.close();
  }

  private fence(): void {
    this.epoch += 1;
    this.isInForce = false;
    this.guarded(() => this.deps.handlers.onFence());
  }

  /** Longest wait of a fetch, in ms; short while a partition that is not fetched may be resumed. */
  private fetchWaitMs(): number {
    const owned = [...this.assignment.values()].flat().length;
    const isAllFetched = this.isInForce && this.paused.size === 0 && this.positions.size >= owned;
    return isAllFetched ? HEARTBEAT_MS : (this.deps.resumeWaitMs ?? RESUME_WAIT_MS);
  }

  private ownedNumbers(): readonly number[] {
    return [...new Set([...this.assignment.values()].flat())];
  }

  /** Runs up to its first await before kafkajs fetches under the new assignment. */
  private async joined(memberId: string, given: Record<string, number[]>): Promise<void> {
    const { epoch, consumer } = this;
    this.memberId = memberId;
    this.assignment = new Map(Object.entries(given));
    this.paused.clear();
    this.positions.clear();
    for (const [topic, partitions] of this.assignment)
      consumer.pause([{ topic, partitions: [...partitions] }]);
    const isWanted = () => epoch === this.epoch && !this.closed;
    await retryWhile(isWanted, () => this.begin(epoch), {
      pauseMs: ASSIGN_AGAIN_MS,
      onFailure: (error) =>
        this.deps.logger.warn({ err: messageOf(error) }, 'group.assignment-delayed'),
    });
  }

  /** Sets every partition to an explicit offset: kafkajs alone would guess some of them. */
  private async begin(epoch: number): Promise<void> {
    const { deps, assignment } = this;
    const committed = await loadCommitted(this.view, [...assignment.keys()], deps.logger);
    if (epoch !== this.epoch) return;
    const starts = await deps.handlers.onAssigned(assignment, committed, this);
    if (epoch !== this.epoch || this.closed) return;
    this.isInForce = true;
    const chosen = new Map(starts.map((s) => [nameOf(s.topic, s.partition), s.offset]));
    for (const [topic, partitions] of assignment) {
      for (const partition of partitions) {
        const name = nameOf(topic, partition);
        const start = chosen.get(name);
        if (start === null) continue;
        this.startAt(topic, partition, start ?? committed.get(topic, partition).offset);
      }
    }
    deps.logger.info({ epoch, assignment: Object.fromEntries(assignment) }, 'group.assigned');
  }

  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { topic, partition } = batch;
    this.rawCommit = payload.commitOffsetsIfNecessary;
    const expected = this.positions.get(nameOf(topic, partition));
    if (!this.isStable || expected === undefined || payload.isStale()) return;
    // kafkajs knows at which offset this was asked for, though its types do not say so.
    const fetched = toOffset((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    if (fetched !== expected) {
      // A failure changes nothing: the same batch comes again; thrown, it would end the consumer.
      return this.realign(topic, partition, { fetched, expected }).catch((error: unknown) => {
        this.deps.logger.warn({ err: messageOf(error), topic, partition }, 'group.realign-failed');
      });
    }
    const records = packedRecords(topic, batch.messages);
    const lastOffset = batch.lastOffset();
    payload.resolveOffset(lastOffset);
    this.take(topic, partition, records, toOffset(lastOffset) + 1);
  }

  private take(
    topic: string,
    partition: number,
    records: readonly PackedRecord[],
    readTo: number,
  ): void {
    const name = nameOf(topic, partition);
    const position = this.positions.get(name);
    if (!this.isInForce || position === undefined || readTo <= position) return;
    this.positions.set(name, readTo);
    const { handlers, logger } = this.deps;
    this.guarded(() => handOver(handlers, { topic, partition, records, readTo }, logger));
  }

  /**
   * A batch from elsewhere than expected is a left-over of the last generation, or kafkajs has
   * jumped to the log's start because the position is no longer in the log.
   */
  private async realign(
    topic: string,
    partition: number,
    { fetched, expected }: { fetched: number; expected: number },
  ): Promise<void> {
    const { epoch, deps } = this;
    const bounds = (await this.view.bounds(topic)).get(partition);
    if (epoch !== this.epoch || !bounds) return;
    if (expected > bounds.high) {
      // The topic was made again or cut. What the handlers know of it is void, so start afresh:
      // going on would pass over every new record below the old position.
      const text = `${topic}/${partition} ends at ${bounds.high}, before our position ${expected}`;
      deps.onFatal(new AppError('topic_mismatch', text));
      return;
    }
    const isInLog = expected >= bounds.low;
    const offset = isInLog ? expected : bounds.low;
    const details = { topic, partition, fetched, expected, ...bounds };
    if (isInLog) deps.logger.info(details, 'group.stale-batch-dropped');
    else reportCut(deps, details);
    this.positions.set(nameOf(topic, partition), offset);
    this.consumer.seek({ topic, partition, offset: String(offset) });
  }

  /** A bug in a handler must stop the process, not silently the consumption. */
  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.deps.onFatal(error);
    }
  }
}

const nameOf = (topic: string, partition: number) => `${topic}/${partition}`;
