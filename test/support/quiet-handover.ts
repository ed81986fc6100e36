import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import { createLogger } from '../../common/base/logger.ts';

/** Further dependencies of a handover in which no endpoint is behind and nothing else is known. */
export const QUIET_HANDOVER = {
  cursors: { load: () => Promise.resolve([]) } as unknown as CursorStore,
  cursorsGone: () => {},
  recipients: { beginOf: () => 0 },
  readSubscriptions: () => Promise.resolve(),
  delivered: () => Promise.resolve(new Map()),
  attemptsPendingSinceMs: Date.now,
  logs: { idOf: () => '', isSameLog: () => true, isOfOtherSource: () => false },
  adopt: () => {},
  logger: createLogger('test', 'silent'),
};
