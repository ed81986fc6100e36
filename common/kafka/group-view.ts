import type { KafkaConnection } from './connection.ts';
import { fetchLag, totalLag } from './lag.ts';
import { fetchCommitted } from './offsets.ts';
import type { CommittedOffset } from './offsets.ts';

/** A group seen from outside its membership. */
export interface GroupView {
  /** What the group has committed for a partition now. */
  committed(topic: string, partition: number): Promise<CommittedOffset>;
  /** Client ids of the members it has now. */
  liveClientIds(): Promise<ReadonlySet<string>>;
  /** Records of some topics that the group has not committed yet. */
  lag(topics: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

export async function openGroupView(kafka: KafkaConnection, groupId: string): Promise<GroupView> {
  const admin = kafka.client.admin();
  await admin.connect();
  return {
    async committed(topic, partition) {
      const answer = await fetchCommitted(admin, groupId, [topic]);
      return answer.get(topic)?.get(partition) ?? { offset: null, metadata: '' };
    },
    async liveClientIds() {
      const { groups } = await admin.describeGroups([groupId]);
      const members = groups.flatMap((group) => group.members);
      return new Set(members.map((member) => member.clientId));
    },
    lag: async (topics) => totalLag(await fetchLag(admin, groupId, topics)),
    close: () => admin.disconnect(),
  };
}
