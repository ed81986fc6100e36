import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import type { Exit } from '../process/child.ts';
import { PARTIAL } from './jars.ts';

/** Exit codes of an orderly end of Java: 143 after TERM, 0 by itself. */
const ORDERLY: ReadonlySet<number | null> = new Set([0, 143]);

/** A process that ends by a signal of its own: ILL, ABRT, BUS, SEGV, also as a shell says it. */
const CRASHES: ReadonlySet<unknown> = new Set(
  (['SIGILL', 'SIGABRT', 'SIGBUS', 'SIGSEGV'] as const).flatMap((name) => [
    name,
    128 + constants.signals[name],
  ]),
);
/** Time until which a crash may be the archive's fault, in ms. */
const STARTING_MS = 60_000;
/** Environment variable from which Java takes further options. */
const OPTIONS = ['JDK_JAVA_OPTIONS', 'JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS'];
const NAMES_ARCHIVE = /Archive|-Xshare/;

export interface ClassArchive {
  /** Options for the command line of a broker. */
  readonly options: readonly string[];
  /** The caller calls this when the broker has ended. */
  readonly keep: (exit: Exit) => void;
}

/**
 * Lets Java take Kafka's classes from an archive, as it had them in memory before: a broker then
 * starts with two thirds of the processor time. The first one that ends in order writes it.
 *
 * @param path of the archive, one for each version of Java and of Kafka; Java ignores one that does
 *             not suit. Absent: no archive
 * @see https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html
 */
export function classArchive(
  path: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): ClassArchive {
  const nothing = { options: [], keep: () => undefined };
  // Java does not start with two of them.
  if (path === undefined || OPTIONS.some((name) => NAMES_ARCHIVE.test(env[name] ?? ''))) {
    return nothing;
  }
  if (existsSync(path)) return usedArchive(path);
  const partial = join(dirname(path), `${PARTIAL}${randomBytes(6).toString('hex')}.jsa`);
  return {
    options: [`-XX:ArchiveClassesAtExit=${partial}`],
    keep: ({ code }) => {
      try {
        // A process that was killed may have written half of the archive.
        if (ORDERLY.has(code) && existsSync(partial)) renameSync(partial, path);
        else rmSync(partial, { force: true });
      } catch {
        // The next broker tries again.
      }
    },
  };
}

/** Java looks at the bytes of one first: a damaged one would crash it at every start. */
function usedArchive(path: string): ClassArchive {
  const startedAtMs = performance.now();
  return {
    options: [`-XX:SharedArchiveFile=${path}`, '-XX:+VerifySharedSpaces'],
    keep: ({ code, signal }) => {
      const isEarly = performance.now() - startedAtMs < STARTING_MS;
      // The next start does without, and the one after that has a new one.
      if (isEarly && CRASHES.has(signal ?? code)) rmSync(path, { force: true });
    },
  };
}
