import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects garbage at once; `minor`: only among what is new. */
export const collectGarbage = runInNewContext('gc') as (options?: { type: 'minor' }) => void;
