import type { EngineDeps } from '../../consumer/engine-deps.ts';

/** There are no source topics. */
export const PLAIN_SOURCES: EngineDeps['sources'] = {
  read: (record) => record,
  isReadable: () => true,
  settle: () => Promise.resolve(),
  whyCancelled: () => null,
  onChange: () => {},
};
