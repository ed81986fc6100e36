import { BrokerUnavailableError } from './errors.ts';

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
    await inTime(loaded, what, deadlineMs);
    isLoaded = true;
  };
}

/** @throws BrokerUnavailableError when it has not been read by then */
export async function inTime<Value>(
  read: Promise<Value>,
  what: string,
  deadlineMs = READ_DEADLINE_MS,
): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new BrokerUnavailableError(`Not read within ${deadlineMs} ms: ${what}`)),
    deadlineMs,
  );
  return await Promise.race([read, late.promise]).finally(() => clearTimeout(timer));
}
