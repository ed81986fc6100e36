import type { Alarm } from '../../common/consumer-state.ts';
import type { KafkaConnection } from '../../common/kafka/connection.ts';
import { fetchHighWatermarks } from '../../common/kafka/high-watermarks.ts';
import type { TopicDescription } from '../../common/kafka/topic-descriptions.ts';
import type { TopicWatch } from '../../common/kafka/topic-watch.ts';
import type { CommittedOffsets, CommittedPosition } from '../../common/kafka/types.ts';
import type { Logger } from '../../common/logger.ts';
import { decodeCommitMark } from '../../common/kafka/decide/commit-metadata.ts';
import { owedBy } from './decide/owed.ts';
import { Losses } from './losses.ts';

interface Deps {
  /** Attempts have been logged before this process began. */
  readonly wasWorkedOn: boolean;
  readonly logger: Logger;
}

/** Follows the topics as the watch sees them. */
export async function openLogStanding({
  kafka,
  watch,
  attemptsTopic,
  logger,
}: {
  readonly kafka: KafkaConnection;
  readonly watch: TopicWatch;
  readonly attemptsTopic: string;
  readonly logger: Logger;
}): Promise<LogStanding> {
  const attempts = await fetchHighWatermarks(kafka, attemptsTopic);
  const wasWorkedOn = [...attempts.values()].some(({ high }) => high > 0);
  const standing = new LogStanding({ wasWorkedOn, logger });
  watch.onLook((topics) => standing.saw(topics));
  return standing;
}

/** Knows which log a position belongs to, and what is gone of it. */
export class LogStanding {
  readonly losses: Losses;
  private readonly deps: Deps;
  private topics: ReadonlyMap<string, TopicDescription> = new Map();
  private isHolding = false;

  constructor(deps: Deps) {
    this.deps = deps;
    this.losses = new Losses(deps.logger);
  }

  /** What a look at the topics has shown. */
  saw(topics: ReadonlyMap<string, TopicDescription>): void {
    this.topics = new Map([...this.topics, ...topics]);
  }

  /** Kafka's id of the topic; '' while it is not known. */
  idOf(topic: string): string {
    return this.topics.get(topic)?.id ?? '';
  }

  /** Whether a position in a topic of this id is one in the topic as it is now. */
  isSameLog(topic: string, id: string): boolean {
    const now = this.idOf(topic);
    return id === '' || now === '' || id === now;
  }

  /**
   * Whether the group has lost its offsets: it has none, though deliveries were attempted and the
   * log holds records. To begin anywhere would then be a guess. All members must decide alike: the
   * claim of one that begins would look like the group's offsets to the others.
   *
   * @param mine where a log is another one by now, Kafka has deleted its offsets with the old one
   */
  mustHold(
    { hasAny, hasRecords }: Pick<CommittedOffsets, 'hasAny' | 'hasRecords'>,
    mine: Iterable<{ readonly topic: string; readonly topicId: string }>,
  ): boolean {
    const isMadeAgain = [...mine].some(({ topic, topicId }) => !this.isSameLog(topic, topicId));
    this.isHolding = !hasAny && hasRecords && this.deps.wasWorkedOn && !isMadeAgain;
    if (this.isHolding) this.deps.logger.error({ reason: OFFSETS_GONE }, 'group.held');
    return this.isHolding;
  }

  /**
   * Where to go on in a partition, after what is gone of its log has been counted.
   *
   * @param mine the work of this process on the partition until now; it counts what it owed itself
   */
  goOnAt(
    topic: string,
    partition: number,
    { offset, metadata, low, committed }: CommittedPosition,
    mine?: { readonly topicId: string },
  ): { readonly offset: number; readonly metadata: string } {
    if (mine && !this.isSameLog(topic, mine.topicId)) return { offset: low, metadata: '' };
    if (committed === null) return { offset, metadata };
    const mark = decodeCommitMark(committed.offset, committed.metadata);
    if (mark && !this.isSameLog(topic, mark.topicId)) {
      this.losses.madeAgain(topic, partition, owedBy(committed.offset, mark.logEnd, mark.done));
      return { offset: low, metadata: '' };
    }
    if (committed.offset < low) {
      const cut = { from: committed.offset, to: low, done: mark?.done ?? [] };
      this.losses.cutOff(topic, partition, cut);
    }
    return { offset, metadata };
  }

  alarms(): readonly Alarm[] {
    const held: Alarm = { kind: 'offsets-gone', detail: OFFSETS_GONE };
    return [...(this.isHolding ? [held] : []), ...this.losses.alarms()];
  }
}

const OFFSETS_GONE =
  'the group has no offsets, though deliveries have been attempted: nothing is sent until you ' +
  'say from where. Stop the consumers, run `npm run reset -- --to <time, earliest or latest>`, ' +
  'and start them again';
