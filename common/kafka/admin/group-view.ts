import { AssignerProtocol } from 'kafkajs';
import type { KafkaConnection } from '../client/connection.ts';
import { BrokerConnections, kafkaError } from '../client/broker-connections.ts';
import { GroupCoordinators } from '../client/group-coordinators.ts';
import type { GroupAnswer, GroupRequest } from '../client/group-coordinators.ts';
import { describeMembers } from './group-members.ts';
import type { DescribedMember } from './group-members.ts';
import { lagsOf, totalLag } from './lag.ts';
import type { PartitionLag } from './lag.ts';
import { sendOffsetRequest } from './offset-requests.ts';
import { committedOf } from './offsets.ts';
import type { Bounds, Committed } from './offsets.ts';
import { resolveTarget } from './reset-offsets.ts';
import { withAdmin } from './topic-admin.ts';
import { LogBounds, READ_COMMITTED, lookUpBrokers } from './topic-partitions.ts';
import type { TopicBounds } from './topic-partitions.ts';

export interface GroupMember {
  readonly clientId: string;
  readonly host: string;
  /** Partition numbers by topic. */
  readonly partitions: Readonly<Record<string, readonly number[]>>;
}

/** A group seen from outside its membership. */
export interface GroupView {
  /** Reads the offsets that the group has committed now. */
  committed(topics: readonly string[]): Promise<Committed>;
  /** Client ids of the members it has now. */
  liveClientIds(): Promise<ReadonlySet<string>>;
  members(): Promise<readonly GroupMember[]>;
  /** Addresses of the brokers that the cluster has now. */
  brokers(): Promise<readonly string[]>;
  /** How far the group is behind, by partition. */
  lags(topics: readonly string[]): Promise<readonly PartitionLag[]>;
  /** Reads how far the group is behind, over all partitions. */
  lag(topics: readonly string[]): Promise<number>;
  /** Reads the bounds of a topic's partitions, by partition number. */
  bounds(topic: string): Promise<ReadonlyMap<number, Bounds>>;
  /** Reads the bounds of several topics, with the partitions that they have by now. */
  boundsOf(topics: readonly string[]): Promise<TopicBounds>;
  /** The first offset of each partition that was written at a time or later; else its end. */
  offsetsAt(topic: string, atMs: number): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
}

/** How long a coordinator that moves, or a broker that is away, is asked again. */
const PATIENCE_MS = 2_000;
/**
 * How long a list of brokers is reused, in ms: a broker that comes or goes need not be seen at
 * once.
 */
const BROKERS_KNOWN_FOR_MS = 5_000;

/** Opens a view of a group. Nothing is connected before the first request. */
export function openGroupView(kafka: KafkaConnection, groupId: string): Promise<GroupView> {
  return Promise.resolve(new AskingGroupView(kafka, groupId));
}

/** Asks by requests of its own: kafkajs' admin needs several of them for each topic. */
class AskingGroupView implements GroupView {
  private readonly kafka: KafkaConnection;
  private readonly groupId: string;
  private readonly connections: BrokerConnections;
  private readonly coordinators: GroupCoordinators;
  private readonly logs: LogBounds;
  private known: { readonly atMs: number; readonly brokers: readonly string[] } | null = null;

  constructor(kafka: KafkaConnection, groupId: string) {
    this.kafka = kafka;
    this.groupId = groupId;
    this.connections = new BrokerConnections(kafka);
    this.coordinators = new GroupCoordinators(this.connections);
    this.logs = new LogBounds(this.connections);
  }

  async committed(topics: readonly string[]): Promise<Committed> {
    const wanted = new Set(topics);
    // No topics stands for all that the group has.
    const args = { groupId: this.groupId, topics: [] };
    const { answer, errorCodes } = await this.ask((broker) =>
      sendOffsetRequest<{ partition: number; offset: string; metadata: string | null }>(
        broker,
        'OffsetFetch',
        args,
      ),
    );
    const [code] = errorCodes;
    if (code !== undefined) throw kafkaError(code, this.groupId);
    const responses = answer.responses.filter(({ topic }) => wanted.has(topic));
    return committedOf(responses);
  }

  async members(): Promise<readonly GroupMember[]> {
    const members = await this.describe();
    return members.map(({ clientId, clientHost, memberAssignment }) => ({
      clientId,
      host: clientHost.replace(/^\//, ''),
      partitions: partitionsOf(memberAssignment),
    }));
  }

  async liveClientIds(): Promise<ReadonlySet<string>> {
    const members = await this.describe();
    return new Set(members.map(({ clientId }) => clientId));
  }

  async brokers(): Promise<readonly string[]> {
    const nowMs = performance.now();
    if (this.known && nowMs - this.known.atMs < BROKERS_KNOWN_FOR_MS) return this.known.brokers;
    const brokers = await lookUpBrokers(this.connections);
    const names = brokers.map(({ host, port }) => `${host}:${port}`).sort();
    this.known = { atMs: nowMs, brokers: names };
    return names;
  }

  async lags(topics: readonly string[]): Promise<readonly PartitionLag[]> {
    // Commits are read before the log ends, so that what is committed lies within the log.
    const committed = await this.committed(topics);
    return lagsOf(committed, await this.logs.of(topics, READ_COMMITTED));
  }

  async lag(topics: readonly string[]): Promise<number> {
    return totalLag(await this.lags(topics));
  }

  async bounds(topic: string): Promise<ReadonlyMap<number, Bounds>> {
    return (await this.logs.of([topic], READ_COMMITTED)).get(topic) ?? new Map();
  }

  boundsOf(topics: readonly string[]): Promise<TopicBounds> {
    return new LogBounds(this.connections).of(topics, READ_COMMITTED);
  }

  async offsetsAt(topic: string, atMs: number): Promise<ReadonlyMap<number, number>> {
    const found = await withAdmin(this.kafka, (admin) =>
      resolveTarget(admin, topic, { kind: 'time', atMs }),
    );
    return new Map([...found].map(([partition, { offset }]) => [partition, offset]));
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  private describe(): Promise<readonly DescribedMember[]> {
    return describeMembers(this.coordinators, this.groupId, PATIENCE_MS);
  }

  private ask<Answer>(request: GroupRequest<Answer>): Promise<GroupAnswer<Answer>> {
    return this.coordinators.ask(this.groupId, request, PATIENCE_MS);
  }
}

/** A member in the middle of a join has no assignment yet. */
function partitionsOf(assignment: Buffer): Record<string, number[]> {
  if (assignment.length === 0) return {};
  return AssignerProtocol.MemberAssignment.decode(assignment)?.assignment ?? {};
}
