import type { Sources } from '../../common/sources/sources.ts';

/** There are no source topics. */
export const PLAIN_SOURCES: Pick<Sources, 'read' | 'isReadable' | 'settle'> = {
  read: (record) => record,
  isReadable: () => true,
  settle: () => Promise.resolve(),
};
