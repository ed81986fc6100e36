import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerUnavailableError } from '../common/errors.ts';

/** How long a request waits until what it needs has been read. */
const READ_DEADLINE_MS = 5_000;

/**
 * Waits, in each call, until a topic has once been read to its end.
 *
 * @param caughtUp begins to wait for the end; begun again after a failure
 * @param what     is read, for the message
 * @returns a wait that throws BrokerUnavailableError when it takes too long
 */
export function whenLoaded(caughtUp: () => Promise<void>, what: string): () => Promise<void> {
  let loaded: Promise<void> | null = null;
  let isLoaded = false;
  return async () => {
    if (isLoaded) return;
    // Begun again after a failure, so that one bad moment of the broker does not last.
    loaded ??= caughtUp().catch((error: unknown) => {
      loaded = null;
      throw new BrokerUnavailableError(`${what} cannot be read`, error);
    });
    await inTime(loaded, what);
    isLoaded = true;
  };
}

/** @throws BrokerUnavailableError after some seconds */
export async function inTime<Value>(read: Promise<Value>, what: string): Promise<Value> {
  const tooLate = new AbortController();
  const { signal } = tooLate;
  const deadline = sleep(READ_DEADLINE_MS, undefined, { signal, ref: false }).then(
    () => Promise.reject(new BrokerUnavailableError(`${what} are still being read`)),
    // Whoever stopped the clock has the value already.
    () => read,
  );
  return await Promise.race([read, deadline]).finally(() => tooLate.abort());
}
