import type { Alarm } from '../../common/model/consumer-state.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { fetchHighWatermarks } from '../../common/kafka/admin/high-watermarks.ts';
import type { Bounds } from '../../common/kafka/admin/offsets.ts';
import type { TopicDescription } from '../../common/kafka/admin/topic-descriptions.ts';
import type { TopicWatch } from '../../common/topics/topic-watch.ts';
import type {
  Assignment,
  CommittedOffsets,
  CommittedPosition,
  GroupHandlers,
} from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import { decodeCommitMark } from '../../common/kafka/positions/commit-metadata.ts';
import type { BegunLogs } from './begun-logs.ts';
import { isOfOtherSource, isSameLog } from './log-id.ts';
import { offsetsGone } from './offsets-gone.ts';
import { owedBy } from '../partition/owed.ts';
import { withinLog } from '../partition/within-log.ts';
import { Losses } from './losses.ts';
import type { PartitionState } from '../partition/partition-state.ts';

interface Deps {
  /** Attempts have been logged before this process began. */
  readonly wasWorkedOn: boolean;
  readonly begunLogs: Pick<BegunLogs, 'read' | 'began'>;
  /** The topics of the deliveries. */
  readonly lanes: readonly string[];
  /** Offset at which a source topic begins in a partition; null: at the start of the log. */
  readonly beginOf?: (topic: string, partition: number) => number | null;
  /** Digits that tell a source from an earlier one of its topic; '' for our own topics. */
  readonly lifeOf?: (topic: string) => string;
  readonly logger: Logger;
}

/** Follows the topics as the watch sees them. */
export async function openLogHistory({
  kafka,
  watch,
  names,
  ...deps
}: Pick<Deps, 'begunLogs' | 'beginOf' | 'lifeOf' | 'logger'> & {
  readonly kafka: KafkaConnection;
  readonly watch: TopicWatch;
  readonly names: TopicNames;
}): Promise<LogHistory> {
  const attempts = await fetchHighWatermarks(kafka, names.attempts);
  const wasWorkedOn = [...attempts.values()].some(({ high }) => high > 0);
  const history = new LogHistory({ ...deps, wasWorkedOn, lanes: names.lanes });
  watch.onLook((topics) => history.saw(topics));
  return history;
}

type Cut = Parameters<NonNullable<GroupHandlers['onCut']>>[0];

/** The log that this process's work on a partition belongs to. */
interface InLog {
  readonly topic: string;
  readonly topicId: string;
}

/** Work on a log that ends unfinished. */
interface Abandoned extends InLog {
  readonly partition: number;
  /** How many of its offsets are not finished; null: nobody knows. */
  readonly owed: number | null;
}

/** Knows which log a position belongs to, and what is gone of it. */
export class LogHistory {
  readonly losses: Losses;
  private readonly deps: Deps;
  private topics: ReadonlyMap<string, Pick<TopicDescription, 'id'>> = new Map();
  /** Partitions that were begun, and the log of each, as far as they were needed. */
  private begun: ReadonlyMap<string, string> = new Map();
  private isGroupHeld = false;
  /** Partitions without an offset in which nothing is begun, by topic. */
  private held = new Map<string, number[]>();

  constructor(deps: Deps) {
    this.deps = deps;
    this.losses = new Losses(deps.logger);
  }

  /** Takes note of the topics that a look has shown. */
  saw(topics: ReadonlyMap<string, Pick<TopicDescription, 'id'>>): void {
    this.topics = new Map([...this.topics, ...topics]);
  }

  /** Id of the log that has the topic's name, see `isSameLog`; '' while it is not known. */
  idOf(topic: string): string {
    const id = this.topics.get(topic)?.id ?? '';
    return id === '' ? '' : id + (this.deps.lifeOf?.(topic) ?? '');
  }

  /** Whether a position in a topic of this id is one in the topic as it is now. */
  isSameLog(topic: string, id: string): boolean {
    return isSameLog(id, this.idOf(topic));
  }

  /** Whether a position was one of a source that was deleted, and made again since. */
  isOfOtherSource(topic: string, id: string): boolean {
    return isOfOtherSource(id, this.idOf(topic));
  }

  /** Where the log that has a topic's name now is begun, by one who worked on another before. */
  startOf(topic: string, partition: number, bounds: Bounds, before: string): number {
    if (!this.isOfOtherSource(topic, before)) return bounds.low;
    return this.beginIn(topic, partition, bounds);
  }

  /** The work on a log ends without its being finished, as its topic or its source is gone. */
  abandoned({ topic, partition, topicId, owed }: Abandoned): void {
    // A person has deleted the source, and with it what it owed.
    if (this.isOfOtherSource(topic, topicId)) return;
    this.losses.madeAgain(topic, partition, owed);
  }

  /**
   * To be called with a new assignment, before `goOnAt`: finds out where offsets are gone.
   *
   * @param mine where a log is another one by now, Kafka has deleted its offsets with the old one
   */
  async assigned(
    assignment: Assignment,
    committed: CommittedOffsets,
    mine: Iterable<InLog>,
  ): Promise<void> {
    const hasNoOffset = [...assignment].some(([topic, partitions]) =>
      partitions.some((partition) => committed.get(topic, partition).committed === null),
    );
    const isMadeAgain = [...mine].some(({ topic, topicId }) => !this.isSameLog(topic, topicId));
    const hasGroupNone =
      !committed.hasAny && committed.hasRecords && this.deps.wasWorkedOn && !isMadeAgain;
    const isFresh = !committed.hasAny && !this.deps.wasWorkedOn;
    if ((hasNoOffset && !isFresh) || hasGroupNone) this.begun = await this.deps.begunLogs.read();
    // A version that did not note the logs it had begun left no notes. All members must decide
    // alike then: the claim of a member that begins would look like the group's offsets to the
    // others.
    this.isGroupHeld = hasGroupNone && this.begun.size === 0;
    this.held = new Map();
  }

  /**
   * Where to go on in a partition, after what is gone of its log has been counted.
   *
   * @param mine the work of this process on the partition until now; it counts what it owed itself
   * @returns null where it has lost its offset: to begin anywhere would be a guess
   */
  goOnAt(
    topic: string,
    partition: number,
    position: CommittedPosition,
    mine?: { readonly topicId: string },
  ): { readonly offset: number; readonly metadata: string } | null {
    const { offset, metadata, low, committed } = position;
    const startAt = (before: string) => {
      return { offset: this.startOf(topic, partition, position, before), metadata: '' };
    };
    if (mine && !this.isSameLog(topic, mine.topicId)) return startAt(mine.topicId);
    if (committed === null) return this.beginAt(topic, partition, position);
    const mark = decodeCommitMark(committed.offset, committed.metadata);
    if (mark && !this.isSameLog(topic, mark.topicId)) {
      const owed = owedBy(committed.offset, mark.logEnd, mark.done);
      this.abandoned({ topic, partition, topicId: mark.topicId, owed });
      return startAt(mark.topicId);
    }
    if (committed.offset < low) {
      const cut = { from: committed.offset, to: low, done: mark?.done ?? [] };
      this.losses.cutOff(topic, partition, cut);
      return withinLog(committed, low);
    }
    return { offset, metadata };
  }

  /** A part of a partition's log that was being read is gone. @param work on it, if there is one */
  cutOff({ topic, partition, from, to }: Cut, work: PartitionState | undefined): void {
    const done = work?.tracker.doneBeyond() ?? [];
    this.losses.cutOff(topic, partition, { from, to, done });
    if (work) this.carryLosses(work);
  }

  /** Has the commits of a partition say what was lost of it, from the next one on. */
  carryLosses(work: PartitionState): void {
    work.losses = this.losses.carry(work.name, work.losses);
    work.changed();
  }

  /** The group has a commit in a partition now: without one it has lost it. */
  began({ name, topicId }: { readonly name: string; readonly topicId: string }): void {
    this.deps.begunLogs.began(name, topicId);
  }

  /** @param partitions those of this process */
  alarms(
    partitions: Iterable<{ readonly name: string; readonly topic: string }>,
  ): readonly Alarm[] {
    const gone = offsetsGone(this.held, this.deps.lanes);
    return [...gone, ...this.losses.alarms(partitions)];
  }

  private beginAt(topic: string, partition: number, position: CommittedPosition) {
    const { metadata } = position;
    const name = `${topic}/${partition}`;
    const id = this.begun.get(name);
    // The log is reported even when it is empty: the records of the old one are lost all the same.
    if (id !== undefined && !this.isSameLog(topic, id)) {
      this.abandoned({ topic, partition, topicId: id, owed: null });
      return { offset: this.startOf(topic, partition, position, id), metadata };
    }
    // An empty log begins where it ends.
    if (!this.isGroupHeld && (id === undefined || !hasUnknownRecords(position))) {
      return { offset: this.beginIn(topic, partition, position), metadata };
    }
    this.held.set(topic, [...(this.held.get(topic) ?? []), partition]);
    this.deps.logger.error({ topic, partition }, 'partition.offset-gone');
    return null;
  }

  /** Where the first reading of a partition begins. */
  private beginIn(topic: string, partition: number, { low, high }: Bounds): number {
    const begin = this.deps.beginOf?.(topic, partition) ?? low;
    return Math.min(Math.max(begin, low), high);
  }
}

/** Whether a partition holds records, and no offset says which of them are delivered. */
function hasUnknownRecords({ committed, low, high }: CommittedPosition): boolean {
  return committed === null && low < high;
}
