/**
 * Does a piece of work for each item, so many of them at once.
 *
 * @throws the first error; no further piece is begun then, and those under way have ended
 */
export async function forEachAtOnce<Item>(
  atOnce: number,
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let isStopped = false;
  const worker = async () => {
    for (let next = iterator.next(); !next.done && !isStopped; next = iterator.next()) {
      await work(next.value).catch((error: unknown) => {
        isStopped = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
