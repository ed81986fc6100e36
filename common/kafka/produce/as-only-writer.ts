import { AppError, BrokerUnavailableError, messageOf } from '../../base/errors.ts';
import { retryUntilDone } from '../../base/retry.ts';
import type { TransactionalWriter } from '../ports.ts';

/** How long a change may take until it is written. */
export const WRITE_DEADLINE_MS = 10_000;
/** A random pause: of two processes that fence each other out, one gets its turn. */
const FENCED_WAIT_SHARE = 1 / 50;

interface Options {
  /** Beginning of the message when time is up: `File X not cancelled`. */
  readonly failure: string;
  /** Whether to begin again after an error; by default after all but those that will not pass. */
  readonly mayRetry?: (error: unknown) => boolean;
  /** How long it begins again, in ms; by default 10 s. */
  readonly patienceMs?: number;
}

/**
 * Changes what several processes may change, as the only one that does: every other writer of the
 * same transactional id is fenced out before `work` reads the current state. When this process is
 * fenced out itself before its write is complete, it begins again.
 *
 * @param open opens a writer of the transactional id, once it is this one's turn
 * @param work reads the state and writes the next one; may be called several times
 * @throws BrokerUnavailableError when time is up: it may have been written all the same
 */
export async function asOnlyWriter<Result>(
  open: () => TransactionalWriter | Promise<TransactionalWriter>,
  work: (writer: TransactionalWriter) => Promise<Result>,
  { failure, mayRetry = isPassing, patienceMs = WRITE_DEADLINE_MS }: Options,
): Promise<Result> {
  const giveUpAtMs = Date.now() + patienceMs;
  const attempt = async () => {
    const writer = await open();
    try {
      await writer.fence();
      return await work(writer);
    } finally {
      await writer.close();
    }
  };
  return retryUntilDone(attempt, {
    pauseMs: () => Math.random() * patienceMs * FENCED_WAIT_SHARE,
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
