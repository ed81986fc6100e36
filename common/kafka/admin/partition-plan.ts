/** One topic to create: its name, its partition count and the settings that differ from Kafka's. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /**
   * Whether each partition belongs to the deliveries' partition of the same number, so that their
   * counts grow together.
   */
  readonly isCoPartitioned?: true;
  readonly settings: Readonly<Record<string, string>>;
}

/** Changes after which every topic has the partitions that it needs. */
export interface PartitionPlan {
  /** Partition count of every co-partitioned topic after the changes. */
  readonly coPartitions: number;
  /** Topics that are there and have too few. */
  readonly raised: readonly {
    readonly topic: string;
    readonly from: number;
    readonly to: number;
  }[];
  /** Topics that have more than the settings ask for, and are followed. */
  readonly followed: readonly string[];
}

/**
 * Partitions can only be added. Those of co-partitioned topics are raised to the largest count that
 * the settings ask for or that one of them has. All others keep what they have: their keys are
 * hashed to a partition, and a new count would put a key's next record into another one.
 *
 * @param actual partition counts of the topics that exist
 */
export function planPartitions(
  table: readonly TopicSpec[],
  actual: ReadonlyMap<string, number>,
): PartitionPlan {
  const together = table.filter(({ isCoPartitioned }) => isCoPartitioned);
  const counts = together.flatMap(({ name, partitions }) => [partitions, actual.get(name) ?? 0]);
  const coPartitions = Math.max(0, ...counts);
  const raised = together.flatMap(({ name: topic }) => {
    const from = actual.get(topic) ?? coPartitions;
    return from < coPartitions ? [{ topic, from, to: coPartitions }] : [];
  });
  const followed = together
    .filter(({ name, partitions }) => (actual.get(name) ?? 0) > partitions)
    .map(({ name }) => name);
  return { coPartitions, raised, followed };
}

/**
 * By how many partitions the keys of a topic are hashed: never by more than the settings ask for,
 * so that partitions which somebody adds to it leave every key where it is.
 */
export function hashedPartitions(topic: TopicSpec, actual: number): number {
  return Math.min(topic.partitions, actual);
}
