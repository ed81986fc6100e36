import { pause } from '../../base/retry.ts';
import { BrokerUnavailableError, messageOf } from '../../base/errors.ts';
import { errorNameOf, sendRequest } from './broker-connections.ts';
import { isConnectionFailure } from '../error-type.ts';
import type { BrokerConnections } from './broker-connections.ts';
import { oneGroupOfEach } from './offsets-partition.ts';
import type { Broker, BrokerAddress } from '../internal-cluster.ts';

/** A coordinator's answer, with each error code in it other than 0. */
export interface GroupAnswer<Answer> {
  readonly answer: Answer;
  readonly errorCodes: readonly number[];
}

/** Sends a request of a group; it may be called again with another broker. */
export type GroupRequest<Answer> = (broker: Broker) => Promise<GroupAnswer<Answer>>;

interface Failure {
  readonly why: string;
  readonly cause?: unknown;
}

interface FoundCoordinator {
  readonly errorCode: number;
  readonly coordinator: BrokerAddress;
}

interface ListedGroups {
  readonly errorCode: number;
  readonly groups: readonly { readonly groupId: string }[];
}

interface TopicsMetadata {
  readonly topicMetadata: readonly { readonly partitionMetadata: readonly unknown[] }[];
}

/** Loading, not available, not the coordinator: another broker answers, or this one soon. */
const MOVED: ReadonlySet<number> = new Set([14, 15, 16]);
const PAUSE_MS = 100;
/** Connections to each broker, which handles the requests on one of them one after the other. */
const LANES = 2;
/** Kafka's numbers of what a coordinator may be for. */
const COORDINATES = { groups: 0, transactions: 1 };
const OFFSETS_TOPIC = '__consumer_offsets';
/** Kafka's own default, while the topic does not exist yet, or where we may not see it. */
const OFFSETS_PARTITIONS = 50;

/** Sends requests to the coordinators of groups or transactions, and follows those that move. */
export class GroupCoordinators {
  private readonly connections: BrokerConnections;
  private readonly of: keyof typeof COORDINATES;
  /** Coordinators by group, as last found. */
  private readonly found = new Map<string, BrokerAddress>();

  /** @param of transactional ids have coordinators of their own */
  constructor(connections: BrokerConnections, of: keyof typeof COORDINATES = 'groups') {
    this.connections = connections;
    this.of = of;
  }

  /**
   * Sends a request to the coordinator of a group. When that has moved, is loading or cannot be
   * reached, it is looked up again and asked again, for `patienceMs` at most.
   *
   * @throws BrokerUnavailableError no coordinator has answered in time
   */
  async ask<Answer>(
    group: string,
    request: GroupRequest<Answer>,
    patienceMs: number,
  ): Promise<GroupAnswer<Answer>> {
    const startedMs = performance.now();
    for (;;) {
      const result = await this.tryOnce(group, request);
      if ('answer' in result) return result;
      this.forget(group);
      if (performance.now() - startedMs >= patienceMs) {
        const text = `The coordinator of the group ${group} does not answer: ${result.why}`;
        throw new BrokerUnavailableError(text, result.cause);
      }
      await pause(PAUSE_MS);
    }
  }

  /** Whether the coordinator of a group is not told, with this error code for the reason. */
  async isRefused(group: string, code: number): Promise<boolean> {
    const { errorCode } = await this.lookUp(group);
    return errorCode === code;
  }

  /** Drops what is known of a group that is not needed any more. */
  forget(group: string): void {
    this.found.delete(group);
  }

  /**
   * Lists the groups whose names begin with a prefix, on all brokers.
   *
   * While a coordinator moves, neither the old nor the new broker may list its groups. So for each
   * partition of `__consumer_offsets` the same broker has to answer before and after the list was
   * taken; until then it is taken again.
   *
   * @throws BrokerUnavailableError
   */
  async list(prefix: string, patienceMs: number): Promise<readonly string[]> {
    const probes = oneGroupOfEach(prefix, await this.countOffsetsPartitions());
    const startedMs = performance.now();
    do {
      const before = await this.answering(probes, patienceMs);
      const brokers = new Map(
        before.map((address) => [`${address.host}:${address.port}`, address]),
      );
      const lists = await Promise.all([...brokers.values()].map((address) => this.listAt(address)));
      const after = await this.answering(probes, patienceMs);
      const isWhole = lists.every((list) => list !== null);
      if (isWhole && before.every((address, partition) => isSame(address, after[partition]))) {
        return [...new Set(lists.flat())].filter((group) => group.startsWith(prefix));
      }
      await pause(PAUSE_MS);
    } while (performance.now() - startedMs < patienceMs);
    throw new BrokerUnavailableError('The coordinators of groups have been moving all the time');
  }

  private async tryOnce<Answer>(
    group: string,
    request: GroupRequest<Answer>,
  ): Promise<GroupAnswer<Answer> | Failure> {
    try {
      const address = this.found.get(group) ?? (await this.find(group));
      if ('why' in address) return address;
      this.found.set(group, address);
      const broker = await this.connections.at(address, laneOf(group));
      const result = await this.connections.with(broker, request);
      const moved = result.errorCodes.find((code) => MOVED.has(code));
      return moved === undefined ? result : { why: errorNameOf(moved) };
    } catch (error) {
      if (isConnectionFailure(error)) return { why: messageOf(error), cause: error };
      throw error;
    }
  }

  private async find(group: string): Promise<BrokerAddress | Failure> {
    const { errorCode, coordinator } = await this.lookUp(group);
    if (errorCode === 0) return coordinator;
    const why = errorNameOf(errorCode);
    if (MOVED.has(errorCode)) return { why };
    throw new BrokerUnavailableError(
      `The coordinator of the ${this.of === 'groups' ? 'group' : 'transactional id'} ${group} is refused: ${why}`,
    );
  }

  private async lookUp(group: string): Promise<FoundCoordinator> {
    const args = { groupId: group, coordinatorType: COORDINATES[this.of] };
    return this.connections.with(await this.connections.any(), (broker) =>
      sendRequest<FoundCoordinator>(broker, 'GroupCoordinator', args),
    );
  }

  /** @returns the broker that answers for each of the groups */
  private answering(
    groups: readonly string[],
    patienceMs: number,
  ): Promise<readonly BrokerAddress[]> {
    const answeringFor = async (groupId: string) => {
      const request = async (broker: Broker) => {
        // No topics stands for all that the group has; none of these has any.
        const args = { groupId, topics: [] };
        const { errorCode } = await sendRequest<{ errorCode: number }>(broker, 'OffsetFetch', args);
        return { answer: broker.connectionPool, errorCodes: errorCode === 0 ? [] : [errorCode] };
      };
      return (await this.ask(groupId, request, patienceMs)).answer;
    };
    return Promise.all(groups.map(answeringFor));
  }

  /** @returns null while the broker cannot list all of its groups */
  private async listAt(address: BrokerAddress): Promise<readonly string[] | null> {
    try {
      const broker = await this.connections.at(address);
      const { errorCode, groups } = await this.connections.with(broker, (one) =>
        sendRequest<ListedGroups>(one, 'ListGroups', {}),
      );
      if (errorCode === 0) return groups.map(({ groupId }) => groupId);
      if (MOVED.has(errorCode)) return null;
      throw new BrokerUnavailableError(`The groups cannot be listed: ${errorNameOf(errorCode)}`);
    } catch (error) {
      if (isConnectionFailure(error)) return null;
      throw error;
    }
  }

  private async countOffsetsPartitions(): Promise<number> {
    const args = { topics: [OFFSETS_TOPIC], allowAutoTopicCreation: false };
    const { topicMetadata } = await this.connections.with(await this.connections.any(), (broker) =>
      sendRequest<TopicsMetadata>(broker, 'Metadata', args),
    );
    return topicMetadata[0]?.partitionMetadata.length || OFFSETS_PARTITIONS;
  }
}

/** Always the same for a group, whose requests are then handled in the order they are sent. */
const laneOf = (group: string) => group.charCodeAt(group.length - 1) % LANES;

function isSame(a: BrokerAddress, b: BrokerAddress | undefined): boolean {
  return a.host === b?.host && a.port === b.port;
}
