/** One member of a group as the leader sees it. */
export interface Member {
  readonly memberId: string;
  /** Partition numbers it has held until now; may be stale or claimed by two members. */
  readonly owned: readonly number[];
}

/**
 * Shares partition numbers out evenly, leaving them where they are when that is fair. A number
 * stands for that partition of every topic of the group, so one member has partition n of the
 * deliveries and of every retry topic: rate shares and per-user order stay in one process.
 *
 * @param members        in any order; the result does not depend on it
 * @param partitionCount numbers 0 to partitionCount - 1 are shared out
 * @returns for each member its partition numbers, ascending; counts differ by at most one
 */
export function assignSticky(
  members: readonly Member[],
  partitionCount: number,
): ReadonlyMap<string, readonly number[]> {
  const sorted = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const kept = new Map<string, number[]>(sorted.map(({ memberId }) => [memberId, []]));
  const least = Math.floor(partitionCount / sorted.length);
  let extras = partitionCount % sorted.length;
  const taken = new Set<number>();

  const keep = (member: Member, most: number) => {
    const mine = kept.get(member.memberId) as number[];
    for (const partition of member.owned) {
      if (mine.length >= most) return;
      if (partition >= partitionCount || taken.has(partition)) continue;
      taken.add(partition);
      mine.push(partition);
    }
  };
  for (const member of sorted) keep(member, least);
  // The members that already hold one more than the least keep it, as far as there are extras.
  for (const member of sorted) {
    if (extras === 0) break;
    const before = kept.get(member.memberId)?.length ?? 0;
    if (before < least) continue;
    keep(member, least + 1);
    if ((kept.get(member.memberId)?.length ?? 0) > before) extras -= 1;
  }
  const free = Array.from({ length: partitionCount }, (_, n) => n).filter((n) => !taken.has(n));
  for (const { memberId } of sorted) {
    const mine = kept.get(memberId) as number[];
    while (mine.length < least && free.length > 0) mine.push(free.shift() as number);
  }
  for (const { memberId } of sorted) {
    const mine = kept.get(memberId) as number[];
    if (free.length > 0 && mine.length === least) mine.push(free.shift() as number);
  }
  for (const mine of kept.values()) mine.sort((a, b) => a - b);
  return kept;
}
