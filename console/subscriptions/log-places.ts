import { BrokerUnavailableError } from '../../common/base/errors.ts';
import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import { encodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import { logIdOf } from '../../common/model/subscription.ts';
import type { LogPlace } from '../../common/model/subscription.ts';
import { offsetsOf } from '../../common/topics/log-offsets.ts';
import { placeOf } from '../query/log-position.ts';

interface Deps {
  readonly view: Pick<GroupView, 'bounds' | 'offsetsAt'>;
  readonly cursors: Pick<CursorStore, 'commit'>;
  /** Returns the topics of first attempts. */
  readonly lanes: () => readonly string[];
  /** Kafka's id of a topic; '' where it is not known. */
  readonly idOf: (topic: string) => string;
  /** Digits that tell a source from an earlier one of its topic; '' for our own topics. */
  readonly lifeOf: (topic: string) => string;
}

/**
 * The consumers take cursors for left-overs when their subscription does not follow within five
 * minutes: to write it later would be too late for what they have ended by then.
 */
const BEGIN_MS_MAX = 60_000;
/** Name of the writing process in the mark of a cursor. */
const OWNER = 'created';

/** Finds where in the log something begins, and puts the cursors of new subscriptions there. */
export class LogPlaces {
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /**
   * Finds a place in each partition.
   *
   * @param from `now`, `earliest`, an ISO time, a duration back or an offset
   * @throws BrokerUnavailableError
   */
  async find(from: string): Promise<LogPlace> {
    const { lanes, idOf, lifeOf, view } = this.deps;
    const target = placeOf(from, Date.now());
    const entries = await Promise.all(
      lanes().map(async (topic) => {
        const life = lifeOf(topic);
        const log = { topicId: idOf(topic), ...(life !== '' && { life }) };
        return [topic, { ...log, offsets: await offsetsOf(view, topic, target) }] as const;
      }),
    );
    return Object.fromEntries(entries);
  }

  /**
   * Has the deliveries of a subscription that nobody knows yet begin at a place. The consumers take
   * it for one that is behind, until it has caught up.
   *
   * @throws BrokerUnavailableError also when it took so long that the subscription must not follow
   */
  async begin(endpoint: string, place: LogPlace): Promise<void> {
    const beganAtMs = Date.now();
    const cursors = Object.entries(place).flatMap(([topic, within]) =>
      within.offsets.map((offset, partition) => {
        return { endpoint, topic, partition, offset, metadata: newMark(logIdOf(within), offset) };
      }),
    );
    await this.deps.cursors.commit(cursors);
    if (Date.now() - beganAtMs > BEGIN_MS_MAX) {
      throw new BrokerUnavailableError('Kafka is too slow to create a subscription: try it again');
    }
  }
}

/** A cursor without a mark is a reset's: it has all delivered again, whatever is known of it. */
function newMark(topicId: string, offset: number): string {
  const none = { done: [], retries: [], until: null, left: null, sinceMs: 0, attemptsFromMs: 0 };
  return encodeCursorMark(offset, { owner: OWNER, topicId, countedTo: offset, ...none }).text;
}
