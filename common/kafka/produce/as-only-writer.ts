import { AppError, BrokerUnavailableError, messageOf } from '../../base/errors.ts';
import { retryUntilDone } from '../../base/retry.ts';
import type { TransactionalWriter } from '../ports.ts';

/** How long a change may take until it is written. */
export const WRITE_DEADLINE_MS = 10_000;
/**
 * A random pause before the second try, at most; it doubles from try to try. Of two processes that
 * fence each other out, one gets its turn, however long its work takes.
 */
const FENCED_WAIT_MS_MAX = 200;

interface Options {
  /** Beginning of the message when time is up: `File X not cancelled`. */
  readonly failure: string;
  /** Whether to begin again after an error; by default after all but those that will not pass. */
  readonly mayRetry?: (error: unknown) => boolean;
  /** Time after which nothing is begun again, ms; 10 s if absent. */
  readonly withinMs?: number;
}

/**
 * Changes what several processes may change, as the only one that does: every other writer of the
 * same transactional id is fenced out before `work` reads the current state. When this process is
 * fenced out itself before its write is complete, it begins again.
 *
 * @param open opens a writer of the transactional id
 * @param work reads the state and writes the next one; may be called several times
 * @throws BrokerUnavailableError when time is up: it may have been written all the same
 */
export async function asOnlyWriter<Result>(
  open: () => TransactionalWriter,
  work: (writer: TransactionalWriter) => Promise<Result>,
  { failure, mayRetry = isPassing, withinMs = WRITE_DEADLINE_MS }: Options,
): Promise<Result> {
  const giveUpAtMs = Date.now() + withinMs;
  let waitMsMax = FENCED_WAIT_MS_MAX;
  const attempt = async () => {
    const writer = open();
    try {
      await writer.fence();
      return await work(writer);
    } finally {
      await writer.close();
    }
  };
  return retryUntilDone(attempt, {
    pauseMs: () => {
      const waitMs = Math.random() * waitMsMax;
      waitMsMax *= 2;
      return Math.min(waitMs, Math.max(0, giveUpAtMs - Date.now()));
    },
    mayRetry: (error) => {
      if (!mayRetry(error)) return false;
      if (Date.now() < giveUpAtMs) return true;
      throw new BrokerUnavailableError(`${failure}: ${messageOf(error)}`, error);
    },
  });
}

/** Whether the same work may succeed later. */
function isPassing(error: unknown): boolean {
  return !(error instanceof AppError) || error.retryable;
}
