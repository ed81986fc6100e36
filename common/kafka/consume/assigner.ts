import { AssignerProtocol } from 'kafkajs';
import type { Assigner, PartitionAssigner } from 'kafkajs';
import { assignSticky } from './assign.ts';
import { setFetchWait } from '../fixes/fetch-wait.ts';
import type { FetchWait } from '../fixes/fetch-wait.ts';
import { setGroupTopics } from '../fixes/group-topics.ts';
import type { GroupTopics } from '../fixes/group-topics.ts';

interface Hooks {
  /** Called synchronously before each (re)join, the only hook that no kafkajs path skips. */
  readonly onJoining: () => void;
  /** Partition numbers held until now. */
  readonly owned: () => readonly number[];
  readonly fetchWait: FetchWait;
  /** Topics that the consumer reads. */
  readonly topics: GroupTopics;
}

const NAME = 'hookline-copartitioned-sticky';
const VERSION = 1;

/** A kafkajs assigner around `assignSticky`; what a member holds travels in its user data. */
export function coPartitionedSticky({ fetchWait, topics, ...hooks }: Hooks): PartitionAssigner {
  return (config) => {
    const assigner = createAssigner(hooks, config);
    setFetchWait(assigner, fetchWait);
    setGroupTopics(assigner, topics);
    return assigner;
  };
}

function createAssigner(
  { onJoining, owned }: Omit<Hooks, 'fetchWait' | 'topics'>,
  { cluster }: Parameters<PartitionAssigner>[0],
): Assigner {
  return {
    name: NAME,
    version: VERSION,

    protocol({ topics }) {
      onJoining();
      const userData = Buffer.from(JSON.stringify({ owned: owned() }));
      return {
        name: NAME,
        metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData }),
      };
    },

    assign({ members, topics }) {
      const counts = new Map(
        topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]),
      );
      const shares = assignSticky(
        members.map(({ memberId, memberMetadata }) => ({
          memberId,
          owned: ownedOf(memberMetadata),
        })),
        Math.max(...counts.values()),
      );
      const assignments = [...shares].map(([memberId, numbers]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment: Object.fromEntries(
            [...counts].map(([topic, count]) => [topic, numbers.filter((n) => n < count)]),
          ),
          userData: Buffer.alloc(0),
        }),
      }));
      return Promise.resolve(assignments);
    },
  };
}

/** Damaged or foreign user data only costs stickiness. */
function ownedOf(memberMetadata: Buffer): readonly number[] {
  try {
    const { userData } = AssignerProtocol.MemberMetadata.decode(memberMetadata) ?? {};
    const { owned } = JSON.parse(String(userData)) as { owned?: unknown };
    return Array.isArray(owned) ? owned.filter((n) => Number.isInteger(n) && n >= 0) : [];
  } catch {
    return [];
  }
}
