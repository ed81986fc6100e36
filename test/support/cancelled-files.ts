import { CancelledFiles } from '../../consumer/schedule/cancelled-files.ts';

/** A system in which no file was ever cancelled. */
export const NONE_CANCELLED = new CancelledFiles({
  get: () => undefined,
  size: 0,
  onChange: () => {},
});
