import { BrokerUnavailableError } from './errors.ts';
import { waitAtMost } from './retry.ts';

/** How long a request waits until what it needs has been read. */
const READ_DEADLINE_MS = 5_000;

/**
 * Waits, in each call, until a topic has once been read to its end.
 *
 * @param caughtUp begins to wait for the end; begun again after a failure
 * @param what     is read, for the message
 * @returns a wait that throws BrokerUnavailableError when it takes too long
 */
export function whenLoaded(
  caughtUp: () => Promise<void>,
  what: string,
  deadlineMs = READ_DEADLINE_MS,
): () => Promise<void> {
  let loaded: Promise<void> | null = null;
  let isLoaded = false;
  return async () => {
    if (isLoaded) return;
    // Begun again after a failure, so that one bad moment of the broker does not last.
    loaded ??= caughtUp().catch((error: unknown) => {
      loaded = null;
      throw new BrokerUnavailableError(`Not to be read: ${what}`, error);
    });
    await withDeadline(loaded, what, deadlineMs);
    isLoaded = true;
  };
}

/**
 * Waits for what is being read, but not longer than `deadlineMs`.
 *
 * @throws BrokerUnavailableError it was not read in time
 */
export async function withDeadline<Value>(
  read: Promise<Value>,
  what: string,
  deadlineMs = READ_DEADLINE_MS,
): Promise<Value> {
  if (await waitAtMost(read, deadlineMs)) return read;
  throw new BrokerUnavailableError(`Not read within ${deadlineMs} ms: ${what}`);
}
