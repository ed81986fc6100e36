import { posix } from 'node:path';

/** Test files that run side by side. */
export interface Lane {
  readonly files: readonly string[];
  readonly atOnce: number;
}

/** One for each core of a small machine: most files wait, for brokers, sessions and delays. */
const AT_ONCE = 2;

/**
 * They measure how fast, how evenly or how soon something happens, or take so much of the machine
 * that others would be late.
 */
export const ALONE: readonly string[] = [
  'chaos',
  'ingest-memory',
  'neighbours',
  'rates',
  'subscribed',
  'subscription-fan-out',
  'upload-memory',
  'user-rate',
].map((name) => `test/integration/${name}.test.ts`);

/** @param files paths from the root; the order within a lane stays */
export function lanesOf(files: readonly string[]): readonly Lane[] {
  const isUnit = (file: string) => !/^test\/(integration|container)\//.test(posix.normalize(file));
  const isAlone = (file: string) => ALONE.includes(posix.normalize(file));
  const waiting = files.filter((file) => !isUnit(file) && !isAlone(file));
  return [
    { files: files.filter(isUnit), atOnce: AT_ONCE },
    { files: waiting, atOnce: AT_ONCE },
    { files: files.filter(isAlone), atOnce: 1 },
  ].filter((lane) => lane.files.length > 0);
}
