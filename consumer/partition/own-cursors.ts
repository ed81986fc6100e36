import { messageOf } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { Cursor, CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import { decodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';

/** Knows which log a position belongs to. */
export interface KnownLogs {
  /** Id of the log that has a topic's name; '' while it is not known. */
  idOf(topic: string): string;
  /** Whether a position under an id is one in the topic as it is now. */
  isSameLog(topic: string, id: string): boolean;
  /** Whether a position was one of a source that was deleted, and made again since. */
  isOfOtherSource(topic: string, id: string): boolean;
}

interface Deps {
  readonly cursors: Pick<CursorStore, 'remove'>;
  readonly logs: Pick<KnownLogs, 'isOfOtherSource'>;
  readonly logger: Logger;
}

/**
 * Takes away the cursors of earlier sources of the topics, and returns the others. Nobody else
 * would: they would count as deliveries that wait.
 */
export async function ownCursors(
  { cursors, logs, logger }: Deps,
  all: readonly Cursor[],
): Promise<readonly Cursor[]> {
  const { earlier = [], own = [] } = Object.groupBy(all, ({ topic, offset, metadata }) => {
    const id = decodeCursorMark(offset, metadata)?.topicId ?? '';
    return logs.isOfOtherSource(topic, id) ? 'earlier' : 'own';
  });
  if (earlier.length > 0) {
    await cursors.remove(earlier).catch((error: unknown) => {
      logger.info({ err: messageOf(error) }, 'cursors.not-removed');
    });
  }
  return own;
}
