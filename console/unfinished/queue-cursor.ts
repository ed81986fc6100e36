/** Position at which a page of unfinished deliveries continues. */
export interface QueueCursor {
  /** Index among the topics that deliveries are first written to. */
  readonly topic: number;
  readonly partition: number;
  readonly offset: number;
  /** The endpoint whose delivery of the record at `offset` was shown last; '': none was. */
  readonly after: string;
}

/** A `q` tells it from the cursor of a page of attempts. */
export const QUEUE_CURSOR = /^q(\d{1,2})-(\d{1,6})-(\d{1,15})-(\w{0,64})$/;

export function formatQueueCursor({ topic, partition, offset, after }: QueueCursor): string {
  return `q${topic}-${partition}-${offset}-${after}`;
}

/** @returns null for a text that is no such cursor */
export function parseQueueCursor(text: string): QueueCursor | null {
  const match = QUEUE_CURSOR.exec(text);
  if (!match) return null;
  const [topic = 0, partition = 0, offset = 0] = match.slice(1).map(Number);
  return { topic, partition, offset, after: match[4] ?? '' };
}
