/**
 * This process's part of a limit that holds for the whole fleet: partitions are the shares, so
 * no process needs to know the others.
 *
 * @param ratePerSecond the fleet's limit; null: none
 * @param owned         partitions of the deliveries topic that this process has
 */
export function rateShare(
  ratePerSecond: number | null,
  owned: number,
  partitionCount: number,
): number | null {
  if (ratePerSecond === null) return null;
  return (ratePerSecond * owned) / partitionCount;
}
