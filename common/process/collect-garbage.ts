import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

interface Options {
  readonly type: 'minor' | 'major';
  readonly execution?: 'sync';
  readonly flavor?: 'last-resort';
}

/**
 * Collects garbage at once; `minor`: only among what is new, `last-resort`: as before an end for
 * want of memory, which gives all that is free back to the machine.
 */
export const collectGarbage = runInNewContext('gc') as (options?: Options) => void;
