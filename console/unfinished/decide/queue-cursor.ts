/** Where a page of unfinished deliveries goes on. */
export interface QueueCursor {
  /** Index among the topics that deliveries are first written to. */
  readonly topic: number;
  readonly partition: number;
  readonly offset: number;
  /** How many deliveries of the record at `offset` were shown before. */
  readonly skip: number;
}

/** A `q` tells it from the cursor of a page of attempts. */
export const QUEUE_CURSOR = /^q(\d{1,2})-(\d{1,6})-(\d{1,15})-(\d{1,6})$/;

export function formatQueueCursor({ topic, partition, offset, skip }: QueueCursor): string {
  return `q${topic}-${partition}-${offset}-${skip}`;
}

/** @returns null for a text that is no such cursor */
export function parseQueueCursor(text: string): QueueCursor | null {
  const match = QUEUE_CURSOR.exec(text);
  if (!match) return null;
  const [topic = 0, partition = 0, offset = 0, skip = 0] = match.slice(1).map(Number);
  return { topic, partition, offset, skip };
}
