import type { EngineDeps } from '../../consumer/engine-deps.ts';
import type { SourceDeps } from '../../consumer/log/source-ended.ts';

/** There are no source topics. */
export const PLAIN_SOURCES: EngineDeps['sources'] = {
  read: (record) => record,
  isReadable: () => true,
  settle: () => Promise.resolve(),
  whyCancelled: () => null,
  onChange: () => {},
  isNotRead: () => false,
};

/** No source was made again. */
export const SAME_SOURCES: SourceDeps['logs'] = { isOfOtherSource: () => false };
