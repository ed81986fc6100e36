import type { KafkaConnection } from './connection.ts';
import { AssignerProtocol } from './kafkajs.ts';
import { fetchLag, totalLag } from './lag.ts';
import type { PartitionLag } from './lag.ts';
import { fetchBounds, fetchCommitted } from './offsets.ts';
import type { Bounds, Committed } from './offsets.ts';
import { resolveTarget } from './reset-offsets.ts';

export interface GroupMember {
  readonly clientId: string;
  readonly host: string;
  /** Partition numbers by topic. */
  readonly partitions: Readonly<Record<string, readonly number[]>>;
}

/** A group seen from outside its membership. */
export interface GroupView {
  /** What the group has committed now. */
  committed(topics: readonly string[]): Promise<Committed>;
  /** Client ids of the members it has now. */
  liveClientIds(): Promise<ReadonlySet<string>>;
  members(): Promise<readonly GroupMember[]>;
  /** Addresses of the brokers that the cluster has now. */
  brokers(): Promise<readonly string[]>;
  /** How far the group is behind, by partition. */
  lags(topics: readonly string[]): Promise<readonly PartitionLag[]>;
  /** The same in one number. */
  lag(topics: readonly string[]): Promise<number>;
  /** What a topic holds, by partition. */
  bounds(topic: string): Promise<ReadonlyMap<number, Bounds>>;
  /** The first offset of each partition that was written at a time or later; else its end. */
  offsetsAt(topic: string, atMs: number): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
}

export async function openGroupView(kafka: KafkaConnection, groupId: string): Promise<GroupView> {
  const admin = kafka.client.admin();
  await admin.connect();
  return {
    committed: (topics) => fetchCommitted(admin, groupId, topics),
    async liveClientIds() {
      const { groups } = await admin.describeGroups([groupId]);
      const members = groups.flatMap((group) => group.members);
      return new Set(members.map((member) => member.clientId));
    },
    async members() {
      const { groups } = await admin.describeGroups([groupId]);
      return groups
        .flatMap((group) => group.members)
        .map(({ clientId, clientHost, memberAssignment }) => ({
          clientId,
          host: clientHost.replace(/^\//, ''),
          partitions: partitionsOf(memberAssignment),
        }));
    },
    async brokers() {
      const { brokers } = await admin.describeCluster();
      return brokers.map(({ host, port }) => `${host}:${port}`).sort();
    },
    lags: (topics) => fetchLag(admin, groupId, topics),
    lag: async (topics) => totalLag(await fetchLag(admin, groupId, topics)),
    bounds: (topic) => fetchBounds(admin, topic),
    async offsetsAt(topic, atMs) {
      const found = await resolveTarget(admin, topic, { kind: 'time', atMs });
      return new Map([...found].map(([partition, { offset }]) => [partition, offset]));
    },
    close: () => admin.disconnect(),
  };
}

/** A member in the middle of a join has no assignment yet. */
function partitionsOf(assignment: Buffer): Record<string, number[]> {
  if (assignment.length === 0) return {};
  return AssignerProtocol.MemberAssignment.decode(assignment)?.assignment ?? {};
}
