/**
 * This process's part of every limit that holds for the whole fleet: partitions are the shares,
 * so no process needs to know the others.
 *
 * @param owned partitions of the deliveries topic that this process has
 * @returns in [0, 1]; the parts of all members are 1 together
 */
export function fleetShare(owned: number, partitionCount: number): number {
  return owned / partitionCount;
}
