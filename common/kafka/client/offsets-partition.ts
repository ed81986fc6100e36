const INT32_MIN = -(2 ** 31);

/**
 * The partition of Kafka's `__consumer_offsets` that keeps a group: Java's hash of its name,
 * without its sign, where the lowest number, which has no positive counterpart, becomes 0.
 *
 * @see GroupCoordinatorService.partitionFor and Utils.abs of Apache Kafka
 */
export function offsetsPartitionOf(group: string, partitions: number): number {
  let hash = 0;
  for (let at = 0; at < group.length; at += 1) {
    hash = (Math.imul(hash, 31) + group.charCodeAt(at)) | 0;
  }
  return (hash === INT32_MIN ? 0 : Math.abs(hash)) % partitions;
}

/**
 * Returns one group name for each partition of `__consumer_offsets`, in the order of the
 * partitions.
 */
export function oneGroupOfEach(prefix: string, partitions: number): readonly string[] {
  const names: string[] = [];
  for (let n = 0, found = 0; found < partitions; n += 1) {
    const name = `${prefix}${n}`;
    const partition = offsetsPartitionOf(name, partitions);
    if (names[partition] !== undefined) continue;
    names[partition] = name;
    found += 1;
  }
  return names;
}
