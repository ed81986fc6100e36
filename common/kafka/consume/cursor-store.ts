import { forEachAtOnce } from '../../base/for-each-at-once.ts';
import type { Logger } from '../../base/logger.ts';
import { BrokerConnections, orUnavailable } from '../client/broker-connections.ts';
import type { KafkaConnection } from '../client/connection.ts';
import { commitParts, groupByTopic } from '../positions/commit-parts.ts';
import { GroupCoordinators } from '../client/group-coordinators.ts';
import { deleteOffsets, refuse, sendOffsetRequest } from '../admin/offset-requests.ts';
import { toOffset } from '../protocol/records.ts';
import type { Assignment } from '../ports.ts';

/**
 * Position at which an endpoint that is behind continues in a partition: an offset commit in a
 * group of its own, made by no member.
 */
export interface Cursor {
  readonly endpoint: string;
  readonly topic: string;
  readonly partition: number;
  /** The first record that is not finished. */
  readonly offset: number;
  /** Up to 4,096 characters; '' after an offset reset with Kafka's tools. */
  readonly metadata: string;
}

/**
 * Keeps cursors where Kafka keeps the offsets of its groups, so every Kafka tool shows them.
 *
 * Kafka deletes what no member has committed for `offsets.retention.minutes` (7 days by default):
 * a cursor that stands still has to be committed again before that.
 */
export interface CursorStore {
  /** Loads every cursor in these partitions, of any endpoint. */
  load(assignment: Assignment): Promise<readonly Cursor[]>;
  /**
   * Resolves once all cursors are durable. It makes one attempt; only coordinators that move are
   * followed. Two commits of the same cursor must not be under way at once: either may be the last.
   *
   * @throws AppError group_active        a consumer is a member of an endpoint's group
   * @throws BrokerUnavailableError       the rest; some of the cursors may then be written
   */
  commit(cursors: readonly Cursor[]): Promise<void>;
  /** Takes cursors away, whose endpoints have caught up. @throws as `commit` */
  remove(cursors: readonly Pick<Cursor, 'endpoint' | 'topic' | 'partition'>[]): Promise<void>;
  close(): Promise<void>;
}

interface Deps {
  readonly kafka: KafkaConnection;
  /** Begins the name of each group, before the endpoint: `TopicNames.cursorGroupPrefix`. */
  readonly groupPrefix: string;
  readonly logger: Logger;
}

type CursorPlace = Pick<Cursor, 'endpoint' | 'topic' | 'partition'>;

interface CommittedPartition {
  readonly partition: number;
  /** -1: nothing is committed. */
  readonly offset: string;
  readonly metadata: string | null;
}

/**
 * Number of endpoints whose cursors are requested at once, which hides the round trip to the
 * broker.
 */
const AT_ONCE = 32;
/** How long coordinators are followed. A commit must not outlive the membership that it is for. */
const COMMIT_PATIENCE_MS = 5_000;
const LOAD_PATIENCE_MS = 10_000;

/** Opens the store of cursors. Nothing is connected before the first call. */
export function openCursorStore(deps: Deps): Promise<CursorStore> {
  return Promise.resolve(new GroupCursors(deps));
}

class GroupCursors implements CursorStore {
  private readonly deps: Deps;
  private readonly connections: BrokerConnections;
  private readonly coordinators: GroupCoordinators;
  private lastChange: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.deps = deps;
    this.connections = new BrokerConnections(deps.kafka);
    this.coordinators = new GroupCoordinators(this.connections);
  }

  async load(assignment: Assignment): Promise<readonly Cursor[]> {
    const topics = [...assignment].map(([topic, partitions]) => {
      return { topic, partitions: partitions.map((partition) => ({ partition })) };
    });
    const cursors: Cursor[] = [];
    if (topics.every(({ partitions }) => partitions.length === 0)) return cursors;
    await orUnavailable('Cursors cannot be loaded', async () => {
      const groups = await this.coordinators.list(this.deps.groupPrefix, LOAD_PATIENCE_MS);
      await forEachAtOnce(AT_ONCE, groups, async (group) => {
        cursors.push(...(await this.fetch(group, topics)));
      });
    });
    this.deps.logger.debug({ cursors: cursors.length }, 'cursors.loaded');
    return cursors;
  }

  commit(cursors: readonly Cursor[]): Promise<void> {
    const work = async ([group, own]: [string, Cursor[]]) => {
      for (const part of commitParts(own)) {
        const args = { groupId: group, groupGenerationId: -1, memberId: '', retentionTime: -1 };
        const { errorCodes } = await this.coordinators.ask(
          group,
          (broker) =>
            sendOffsetRequest(broker, 'OffsetCommit', { ...args, topics: groupByTopic(part) }),
          COMMIT_PATIENCE_MS,
        );
        refuse(group, errorCodes);
      }
    };
    return this.inTurn(() =>
      orUnavailable('Cursors cannot be committed', () =>
        forEachAtOnce(AT_ONCE, this.byGroup(cursors), work),
      ),
    );
  }

  remove(places: readonly CursorPlace[]): Promise<void> {
    const work = async ([group, own]: [string, CursorPlace[]]) => {
      const { errorCodes } = await this.coordinators.ask(
        group,
        (broker) => deleteOffsets(broker, group, own),
        COMMIT_PATIENCE_MS,
      );
      refuse(group, errorCodes);
      this.coordinators.forget(group);
    };
    return this.inTurn(() =>
      orUnavailable('Cursors cannot be removed', () =>
        forEachAtOnce(AT_ONCE, this.byGroup(places), work),
      ),
    );
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  /**
   * Runs the changes one after another: of two concurrent changes of one cursor, the earlier one
   * could be written last.
   */
  private inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.lastChange.then(change);
    this.lastChange = done.catch(() => {});
    return done;
  }

  private byGroup<Place extends CursorPlace>(places: readonly Place[]): Map<string, Place[]> {
    const { groupPrefix } = this.deps;
    return Map.groupBy(places, ({ endpoint }) => groupPrefix + endpoint);
  }

  private async fetch(group: string, topics: readonly object[]): Promise<readonly Cursor[]> {
    const { answer, errorCodes } = await this.coordinators.ask(
      group,
      (broker) =>
        sendOffsetRequest<CommittedPartition>(broker, 'OffsetFetch', { groupId: group, topics }),
      LOAD_PATIENCE_MS,
    );
    refuse(group, errorCodes);
    const endpoint = group.slice(this.deps.groupPrefix.length);
    return answer.responses.flatMap(({ topic, partitions }) =>
      partitions
        .filter(({ offset }) => offset !== '-1')
        .map(({ partition, offset, metadata }) => {
          return { endpoint, topic, partition, offset: toOffset(offset), metadata: metadata ?? '' };
        }),
    );
  }
}
